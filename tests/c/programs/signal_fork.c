/* fork: handlers and mask go along, what is pending stays behind. */
#include "show.h"

static volatile int count;

static void handler(int number) {
    (void)number;
    count++;
}

int main(void) {
    sigset_t set, pending;
    signal(SIGUSR1, handler);
    signal(SIGUSR2, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    struct itimerval timer = {{0, 0}, {100, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    pid_t child = fork();
    if (child == 0) {
        sigpending(&pending);
        SHOW(sigismember(&pending, SIGUSR1));
        sigprocmask(SIG_BLOCK, NULL, &set);
        SHOW(sigismember(&set, SIGUSR1));
        struct sigaction action;
        sigaction(SIGUSR2, NULL, &action);
        TRUE(action.sa_handler == SIG_IGN);
        sigaction(SIGUSR1, NULL, &action);
        TRUE(action.sa_handler == handler);
        getitimer(ITIMER_REAL, &timer);
        SHOW(timer.it_value.tv_sec);
        sigemptyset(&set);
        sigprocmask(SIG_SETMASK, &set, NULL);
        SHOW(count);
        raise(SIGUSR1);
        SHOW(count);
        _exit(0);
    }
    show_end("child", child);
    sigpending(&pending);
    SHOW(sigismember(&pending, SIGUSR1));
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    SHOW(count);
    getitimer(ITIMER_REAL, &timer);
    TRUE(timer.it_value.tv_sec > 90);
    return 0;
}
