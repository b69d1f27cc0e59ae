/* sigwait and its relatives in a thread of their own, while all block the signals. */
#include "threads.h"

static sigset_t set;
static _Atomic int waiter, taken;
static steps done;

static void *wait_for_all(void *argument) {
    waiter = gettid();
    for (;;) {
        int signal = 0;
        int error = sigwait(&set, &signal);
        printf("sigwait: %s, %d\n", error ? strerror(error) : "done", signal);
        step(&done);
        if (signal == SIGTERM)
            return NULL;
    }
}

static void *wait_for_one(void *argument) {
    sigset_t one;
    siginfo_t info;
    sigemptyset(&one);
    sigaddset(&one, (int)(long)argument);
    taken++;
    int signal = sigwaitinfo(&one, &info);
    return (void *)(long)(signal * 1000 + info.si_value.sival_int);
}

static void *wait_as_others(void *argument) {
    int signal = 0;
    sigwait(&set, &signal);
    taken++;
    return (void *)(long)signal;
}

static void *nothing(void *argument) {
    return NULL;
}

int main(void) {
    siginfo_t info;
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    sigemptyset(&set);
    for (int signal = 1; signal < 20; signal++)
        sigaddset(&set, signal);

    pthread_t thread = begin(wait_for_all, NULL), other = begin(nothing, NULL);
    while (!waiter)
        sched_yield();
    kill(getpid(), SIGUSR1);
    await(&done, 1);
    pthread_kill(thread, SIGUSR2);
    await(&done, 2);
    await_asleep(waiter);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 10000}}, NULL);
    await(&done, 3);
    pid_t child = fork();
    if (child == 0)
        _exit(4);
    await(&done, 4);
    show_end("child", child);
    kill(getpid(), SIGTERM);
    join(thread);
    join(other);

    puts("with a time");
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, 0}));
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, 10000000}));
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, -1}));
    raise(SIGHUP);
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, 0}));
    TRUE(info.si_code == SI_TKILL && info.si_pid == getpid());
    kill(getpid(), SIGINT);
    kill(getpid(), SIGHUP);
    CALL(sigwaitinfo(&set, &info)); /* the lowest first */
    TRUE(info.si_code == SI_USER);
    CALL(sigwaitinfo(&set, NULL));

    puts("each its own");
    pthread_t first = begin(wait_for_one, (void *)SIGUSR1), second = begin(wait_for_one, (void *)SIGUSR2);
    while (taken < 2)
        sched_yield();
    CALL(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 22}));
    CALL(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 11}));
    SHOW(join(first));
    SHOW(join(second));

    puts("one of several");
    taken = 0;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = begin(wait_as_others, NULL);
    kill(getpid(), SIGINT);
    while (taken < 1)
        sched_yield();
    kill(getpid(), SIGINT);
    while (taken < 2)
        sched_yield();
    kill(getpid(), SIGINT);
    for (int i = 0; i < 3; i++)
        SHOW(join(threads[i]));
    CALL(sigtimedwait(&set, NULL, &(struct timespec){0, 0}));
    return 0;
}
