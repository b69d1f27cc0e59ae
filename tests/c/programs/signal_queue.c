/* Queued signals carry a value; real-time ones come once for each, lowest number first. */
#include "show.h"

static void handler(int number, siginfo_t *info, void *context) {
    (void)context;
    printf("%d code %d value %d\n", number - (number >= SIGRTMIN ? SIGRTMIN - 100 : 0), info->si_code, info->si_value.sival_int);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigset_t all;
    sigfillset(&all);
    action.sa_mask = all;
    for (int i = 0; i < 3; i++)
        sigaction(SIGRTMIN + i, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int i = 0; i < 3; i++) {
        CALL(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = 20 + i}));
        CALL(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}));
        CALL(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 40 + i}));
    }
    kill(getpid(), SIGRTMIN + 1);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    CALL(sigqueue(getpid(), 99, (union sigval){0}));
    CALL(sigqueue(1 << 22, SIGUSR1, (union sigval){0}));
    CALL(sigqueue(getpid(), 0, (union sigval){0}));
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = -60};
    info.si_value.sival_int = 5;
    CALL(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
    info.si_code = 5;
    pid_t child = fork();
    if (child == 0)
        pause();
    CALL(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &info));
    kill(child, SIGKILL);
    show_end("child", child);
    return 0;
}
