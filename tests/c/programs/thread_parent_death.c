/* PR_SET_PDEATHSIG: the signal comes when the thread ends that made the child, be it that its process lives on. */
#include "threads.h"
#include <sys/prctl.h>

static struct {
    steps ready, gate, done;
    _Atomic int got, parents_alive;
} *shared;

static void handle(int signal) {
    shared->got++;
}

/* A child that tells what it got when the gate is at ``least``. */
static pid_t begin_child(int least) {
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        signal(SIGUSR1, handle);
        prctl(PR_SET_PDEATHSIG, SIGUSR1);
        step(&shared->ready);
        await(&shared->gate, least);
        shared->parents_alive += getppid() == parent;
        _exit(0);
    }
    return child;
}

static void *make_and_end(void *argument) {
    int children = shared->ready;
    *(pid_t *)argument = begin_child(1);
    await(&shared->ready, children + 1);
    return NULL;
}

static void *outlive_first(void *argument) {
    while (shared->got < 1)
        sched_yield();
    SHOW(shared->got);
    step(&shared->gate);
    show_end("the first one's child", *(pid_t *)argument);
    SHOW(shared->parents_alive);
    _exit(5);
}

static int first_ends(void) {
    static pid_t child;
    child = begin_child(1);
    await(&shared->ready, 1);
    begin(outlive_first, &child);
    syscall(SYS_exit, 3);
    return 9;
}

static void *execute(void *argument) {
    begin_child(99);
    await(&shared->ready, 1);
    execl("./prog", "prog", "executed", NULL);
    return NULL;
}

static int by_exec(void) {
    begin(execute, NULL);
    for (;;)
        pause();
}

int main(int argc, char **argv) {
    if (argc > 1)
        return 6;
    shared = map_shared(sizeof *shared);
    pid_t child, other;
    pthread_t thread = begin(make_and_end, &child);
    join(thread);
    while (shared->got < 1)
        sched_yield();
    step(&shared->gate);
    show_end("a thread's child", child);
    SHOW(shared->parents_alive);

    puts("another thread's end");
    memset(shared, 0, sizeof *shared);
    child = begin_child(1);
    await(&shared->ready, 1);
    thread = begin(make_and_end, &other);
    join(thread);
    while (shared->got < 1)
        sched_yield();
    step(&shared->gate);
    show_end("the first one's child", child);
    show_end("the other's child", other);
    SHOW(shared->got);

    puts("the first thread's end");
    memset(shared, 0, sizeof *shared);
    in_child("process", first_ends);

    puts("exec keeps the thread");
    memset(shared, 0, sizeof *shared);
    in_child("process", by_exec);
    while (shared->got < 1) /* it has ended now */
        sched_yield();
    SHOW(shared->got);
    shared->gate = 98;
    step(&shared->gate);
    return 0;
}
