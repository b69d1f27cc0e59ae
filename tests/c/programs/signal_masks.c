/* Blocked signals wait, once each, and come when they are let. */
#include "show.h"

static char order[100];

static void handler(int number) { sprintf(order + strlen(order), "%d ", number); }

static void show_set(const char *what, const sigset_t *set) {
    printf("%s:", what);
    for (int i = 1; i <= 64; i++)
        if (sigismember(set, i) == 1)
            printf(" %d", i);
    puts("");
}

int main(void) {
    sigset_t set, old;
    int signals[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGTERM, SIGINT};
    for (int i = 0; i < 5; i++)
        signal(signals[i], handler);
    sigprocmask(SIG_SETMASK, NULL, &old);
    show_set("at first", &old);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    CALL(sigprocmask(SIG_BLOCK, &set, &old));
    show_set("before", &old);
    raise(SIGTERM);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGHUP);
    raise(SIGUSR2);
    printf("handled %s\n", order);
    sigpending(&set);
    show_set("pending", &set);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CALL(sigprocmask(SIG_UNBLOCK, &set, &old));
    printf("handled %s\n", order);
    show_set("before", &old);
    signal(SIGTERM, SIG_IGN);
    sigpending(&set);
    show_set("pending", &set);
    sigemptyset(&set);
    CALL(sigprocmask(SIG_SETMASK, &set, NULL));
    printf("handled %s\n", order);
    CALL(sigprocmask(77, &set, NULL));
    CALL(sigprocmask(77, NULL, &old));
    sigfillset(&set);
    CALL(sigprocmask(SIG_SETMASK, &set, NULL));
    sigprocmask(SIG_SETMASK, NULL, &old);
    SHOW(sigismember(&old, SIGKILL) + sigismember(&old, SIGSTOP));
    CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
    CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, (void *)8, NULL, 8));
    CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, (void *)8, 8));
    CALL(syscall(SYS_rt_sigpending, &set, 16));
    pid_t child = fork();
    if (child == 0) {
        raise(SIGKILL);
        _exit(0);
    }
    show_end("cannot be blocked", child);
    return 0;
}
