/* A process that is stopped stops with all its threads, and goes on with all of them. */
#include "threads.h"
#include <sys/epoll.h>

enum { THREADS = 3 };

static struct {
    _Atomic unsigned counts[THREADS];
    _Atomic int tids[THREADS], continued;
    steps ready;
} *shared;

static void *count(void *argument) {
    long own = (long)argument;
    shared->tids[own] = gettid();
    for (;;) {
        if (shared->counts[own]++ == 0)
            step(&shared->ready);
        sched_yield();
    }
}

static void note(int signal) {
    shared->continued++;
}

static int run(void) {
    signal(SIGCONT, note);
    for (long i = 0; i < THREADS - 1; i++)
        begin(count, (void *)i);
    count((void *)(THREADS - 1));
    return 0;
}

static int count_of_all(void) {
    unsigned sum = 0;
    for (int i = 0; i < THREADS; i++)
        sum += shared->counts[i];
    return (int)sum;
}

static void show_still(void) {
    int before = count_of_all();
    pause_for(20);
    TRUE(count_of_all() == before);
}

static void show_running(void) {
    for (int i = 0; i < THREADS; i++) {
        unsigned before = shared->counts[i];
        while (shared->counts[i] - before < 3)
            sched_yield();
    }
    puts("all are running");
}

static char state_of(pid_t child, int thread) {
    char name[64], line[256];
    snprintf(name, sizeof name, "/proc/%d/task/%d/stat", child, (int)shared->tids[thread]);
    int fd = open(name, O_RDONLY);
    ssize_t length = read(fd, line, sizeof line - 1);
    line[length > 0 ? length : 0] = 0;
    close(fd);
    char *end = strrchr(line, ')');
    return end ? end[2] : '?';
}

static void show_states(pid_t child) {
    for (int i = 0; i < THREADS; i++)
        printf("%c", state_of(child, i));
    puts("");
}

static void show_wait(pid_t child, int options) {
    int status = -1;
    TRUE(waitpid(child, &status, options) == child);
    show_status("child", status);
}

/* --- threads that wait in calls ------------------------------------------------------------------------------- */

static int ends[2];

static void told(int signal) {
    write(STDOUT_FILENO, "told\n", 5);
}

static void *wait_for_event(void *argument) {
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0);
    shared->tids[0] = gettid();
    epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    step(&shared->ready);
    CALL(epoll_wait(set, &event, 1, -1)); /* which a stop ends, signal(7) */
    return NULL;
}

static void *wait_for_data(void *argument) {
    char byte;
    shared->tids[1] = gettid();
    step(&shared->ready);
    CALL(read(ends[0], &byte, 1)); /* which a stop does not end */
    return NULL;
}

static int run_waiting(void) {
    struct sigaction action = {.sa_handler = told};
    sigaction(SIGUSR1, &action, NULL);
    pipe(ends);
    pthread_t thread = begin(wait_for_event, NULL);
    await(&shared->ready, 1);
    join(thread);
    thread = begin(wait_for_data, NULL);
    join(thread);
    return 5;
}

static void show_waiting(void) {
    puts("that wait");
    fflush(stdout);
    memset(shared, 0, sizeof *shared);
    pid_t child = fork();
    if (child == 0)
        exit(run_waiting());
    for (int thread = 0; thread < 2; thread++) {
        await(&shared->ready, thread + 1);
        while (state_of(child, thread) != 'S')
            sched_yield();
        kill(child, SIGSTOP);
        show_wait(child, WUNTRACED);
        if (thread == 1)
            syscall(SYS_tgkill, child, shared->tids[1], SIGUSR1);
        fflush(stdout);
        kill(child, SIGCONT);
    }
    show_wait(child, 0);
}

int main(void) {
    shared = map_shared(sizeof *shared);
    pid_t child = fork();
    if (child == 0)
        _exit(run());
    await(&shared->ready, THREADS);
    show_running();
    kill(child, SIGSTOP);
    show_wait(child, WUNTRACED);
    show_still();
    show_states(child);
    CALL(waitpid(child, NULL, WUNTRACED | WNOHANG));
    kill(child, SIGCONT);
    show_wait(child, WCONTINUED);
    show_running();
    SHOW(shared->continued);

    puts("to one thread");
    CALL(syscall(SYS_tgkill, child, shared->tids[0], SIGSTOP));
    show_wait(child, WUNTRACED);
    show_still();
    kill(child, SIGSTOP); /* it is */
    kill(child, SIGTERM); /* later */
    show_still();
    CALL(syscall(SYS_tgkill, child, shared->tids[1], SIGCONT));
    show_wait(child, 0);

    puts("killed");
    memset(shared, 0, sizeof *shared);
    child = fork();
    if (child == 0)
        _exit(run());
    await(&shared->ready, THREADS);
    kill(child, SIGSTOP);
    show_wait(child, WUNTRACED);
    kill(child, SIGKILL);
    show_wait(child, WUNTRACED);
    show_waiting();
    return 0;
}
