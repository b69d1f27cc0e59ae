/* Handlers: called with their signal, after which the program goes on where it was. */
#include "show.h"

static volatile sig_atomic_t count, last;

static void handler(int number) {
    count++;
    last = number;
}

static void detailed(int number, siginfo_t *info, void *context) {
    printf("%d: code %d, from myself %d %d, context %d\n", number, info->si_code, info->si_pid == getpid(),
           info->si_uid == getuid(), context != NULL);
}

int main(void) {
    TRUE(signal(SIGUSR1, handler) == SIG_DFL);
    TRUE(signal(SIGUSR1, handler) == handler);
    CALL(raise(SIGUSR1));
    printf("%d %d\n", count, last);
    CALL(kill(getpid(), SIGUSR1));
    printf("%d %d\n", count, last);
    for (int i = 0; i < 100; i++)
        kill(getpid(), SIGUSR1);
    printf("%d %d\n", count, last);
    struct sigaction action = {.sa_sigaction = detailed, .sa_flags = SA_SIGINFO}, old;
    CALL(sigaction(SIGUSR2, &action, NULL));
    CALL(raise(SIGUSR2));
    CALL(kill(getpid(), SIGUSR2));
    CALL(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 5}));
    CALL(sigaction(SIGUSR2, NULL, &old));
    TRUE(old.sa_sigaction == detailed);
    SHOW(old.sa_flags & (SA_SIGINFO | SA_RESTART | SA_NODEFER));
    CALL(signal(SIGUSR1, SIG_IGN) == handler);
    CALL(raise(SIGUSR1));
    printf("%d\n", count);
    double x = 1.5, y = 0;
    signal(SIGUSR1, handler);
    for (int i = 0; i < 50; i++) {
        y = y * x + i;
        raise(SIGUSR1);
        y = y > 1000 ? y / 1000 : y;
    }
    printf("%.6f %d\n", y, count);
    signal(SIGUSR1, SIG_DFL);
    raise(SIGUSR1);
    return 0;
}
