/* vfork in a process with threads: only the caller is suspended, the others go on in the memory that the child uses. */
#include "threads.h"

static volatile unsigned counted[2];
static steps ready, gate, answers;
static int from_child;

static void *count(void *argument) {
    long own = (long)argument;
    step(&ready);
    while (!gate)
        counted[own]++;
    return NULL;
}

/* Answers a question that a vfork child asks: memory is all they share. */
static void *answer(void *argument) {
    await(&answers, 1);
    from_child = from_child * 2 + 1;
    step(&answers);
    return NULL;
}

static int live_in_borrowed_memory(void) {
    unsigned before[2] = {counted[0], counted[1]};
    while (counted[0] - before[0] < 100 || counted[1] - before[1] < 100)
        ; /* they run while the caller is suspended */
    from_child = 20;
    step(&answers);
    await(&answers, 2);
    return from_child;
}

static void *vfork_in_thread(void *argument) {
    int local = 1;
    pid_t child = vfork();
    if (child == 0) {
        unsigned before = counted[1];
        while (counted[1] - before < 100)
            ;
        *(volatile int *)&local = 2;
        _exit(gettid() == syscall(SYS_getpid) ? 5 : 6);
    }
    show_end("child of a thread", child);
    SHOW(local);
    return NULL;
}

static void *suspended(void *argument) {
    int *ends = argument;
    pid_t child = vfork();
    if (child == 0) {
        char byte;
        read(ends[0], &byte, 1);
        _exit(7);
    }
    return (void *)(long)child;
}

static void *many(void *argument) {
    long sum = 0;
    for (int i = 0; i < 5; i++) {
        int status = 0;
        pid_t child = vfork();
        if (child == 0)
            _exit((int)(long)argument + i);
        waitpid(child, &status, 0);
        sum += WEXITSTATUS(status);
    }
    return (void *)sum;
}

static void *executes(void *argument) {
    pid_t child = vfork();
    if (child == 0) {
        execl("./prog", "prog", "executed", NULL);
        _exit(99);
    }
    show_end("executed", child);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return 12;
    pthread_t threads[3];
    for (long i = 0; i < 2; i++)
        threads[i] = begin(count, (void *)i);
    threads[2] = begin(answer, NULL);
    await(&ready, 2);
    pid_t child = vfork();
    if (child == 0)
        _exit(live_in_borrowed_memory());
    show_end("child of the first", child);
    SHOW(from_child);
    join(threads[2]);
    join(begin(vfork_in_thread, NULL));
    join(begin(executes, NULL));
    step(&gate);
    for (int i = 0; i < 2; i++)
        join(threads[i]);

    int ends[2], status;
    pipe(ends);
    pthread_t waiting = begin(suspended, ends);
    while ((child = waitpid(-1, &status, WNOHANG)) == -1) /* no child yet */
        sched_yield();
    SHOW(child);
    GIVES(pthread_tryjoin_np(waiting, NULL));
    pthread_t others[3];
    for (long i = 0; i < 3; i++)
        others[i] = begin(many, (void *)(i * 10));
    for (int i = 0; i < 3; i++)
        SHOW(join(others[i]));
    GIVES(pthread_tryjoin_np(waiting, NULL));
    write(ends[1], "", 1);
    child = (pid_t)join(waiting);
    show_end("the one that waited", child);
    return 0;
}
