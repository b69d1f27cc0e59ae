/* Signals taken without a handler: sigwait, sigwaitinfo, sigtimedwait. */
#include "show.h"

int main(void) {
    sigset_t set;
    siginfo_t info;
    struct timespec none = {0, 0}, some = {0, 30000000}, bad = {0, -5};
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CALL(sigtimedwait(&set, &info, &none));
    long long before = milliseconds(CLOCK_MONOTONIC);
    CALL(sigtimedwait(&set, &info, &some));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 30);
    CALL(sigtimedwait(&set, &info, &bad));
    raise(SIGUSR2);
    raise(SIGUSR1);
    CALL(sigwaitinfo(&set, &info));
    printf("signo %d code %d mine %d\n", info.si_signo, info.si_code, info.si_pid == getpid());
    int number;
    CALL(sigwait(&set, &number));
    SHOW(number);
    pid_t child = fork();
    if (child == 0)
        _exit(6);
    CALL(sigwaitinfo(&set, &info));
    printf("code %d status %d same %d\n", info.si_code, info.si_status, info.si_pid == child);
    show_end("child", child);
    pid_t parent = getpid();
    child = fork();
    if (child == 0) {
        pause_for(30);
        sigqueue(parent, SIGUSR1, (union sigval){.sival_int = 99});
        _exit(0);
    }
    sigdelset(&set, SIGCHLD);
    CALL(sigtimedwait(&set, &info, &(struct timespec){5, 0}));
    printf("code %d value %d\n", info.si_code, info.si_value.sival_int);
    show_end("child", child);
    CALL(sigtimedwait(&set, NULL, &none));
    return 0;
}
