/* While a handler runs its signal waits, and what sa_mask says; SA_NODEFER and SA_RESETHAND. */
#include "show.h"

static int depth, calls;

static void handler(int number) {
    int call = ++calls;
    depth++;
    printf("%*sinto %d (%d)\n", depth * 2, "", number, call);
    if (call == 1) {
        raise(SIGUSR1);
        raise(SIGUSR2);
        raise(SIGHUP);
    }
    printf("%*sout of %d (%d)\n", depth * 2, "", number, call);
    depth--;
}

static void run(int flags, int masked) {
    printf("flags %x mask %d\n", flags & ~SA_RESTART, masked);
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (masked)
        sigaddset(&action.sa_mask, masked);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    calls = 0;
    raise(SIGUSR1);
    struct sigaction after;
    sigaction(SIGUSR1, NULL, &after);
    TRUE(after.sa_handler == SIG_DFL);
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    SHOW(sigismember(&set, SIGUSR1) + sigismember(&set, SIGUSR2));
}

int main(void) {
    run(0, 0);
    run(SA_NODEFER, 0);
    run(0, SIGUSR2);
    run(SA_NODEFER, SIGUSR1);
    pid_t child = fork();
    if (child == 0) {
        run(SA_RESETHAND | SA_NODEFER, SIGUSR1);
        _exit(0);
    }
    show_end("reset", child);
    return 0;
}
