/* sigaction: what can be set and what is said back. */
#include "show.h"

static void handler(int number) { (void)number; }

int main(void) {
    struct sigaction action = {.sa_handler = handler}, old;
    int refused[] = {0, -1, 65, SIGKILL, SIGSTOP};
    for (int i = 0; i < 5; i++) {
        CALL(sigaction(refused[i], &action, NULL));
        CALL(sigaction(refused[i], NULL, &old));
    }
    int flags[] = {SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO, SA_ONSTACK, SA_RESTART, SA_NODEFER, (int)SA_RESETHAND};
    for (int i = 0; i < 7; i++) {
        action.sa_flags = flags[i];
        sigemptyset(&action.sa_mask);
        sigaddset(&action.sa_mask, i + 1);
        sigaddset(&action.sa_mask, SIGKILL);
        CALL(sigaction(SIGCHLD, &action, NULL));
        CALL(sigaction(SIGCHLD, NULL, &old));
        TRUE((old.sa_flags & ~0x04000000) == flags[i]);
        SHOW(sigismember(&old.sa_mask, i + 1));
    }
    CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
    CALL(syscall(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8));
    CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, (void *)8, 8));
    TRUE(signal(SIGKILL, SIG_IGN) == SIG_ERR);
    CALL(raise(0));
    return 0;
}
