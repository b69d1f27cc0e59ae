/* exec: handlers become the default, what is ignored stays ignored, mask and pending signals stay. */
#include "show.h"

static void handler(int number) { (void)number; }

static const char *disposition(int number) {
    struct sigaction action;
    sigaction(number, NULL, &action);
    return action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "handler";
}

int main(int argc, char **argv) {
    if (argc == 1) {
        signal(SIGUSR1, handler);
        signal(SIGUSR2, SIG_IGN);
        signal(SIGCHLD, SIG_IGN);
        struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER};
        sigaction(SIGTERM, &action, NULL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigaddset(&set, SIGHUP);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGHUP);
        execl("./prog", "prog", "again", (char *)NULL);
        return 1;
    }
    printf("%s %s %s %s\n", disposition(SIGUSR1), disposition(SIGUSR2), disposition(SIGTERM), disposition(SIGCHLD));
    struct sigaction action;
    sigaction(SIGTERM, NULL, &action);
    SHOW(action.sa_flags & (SA_RESTART | SA_NODEFER));
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    for (int i = 1; i < 32; i++)
        if (sigismember(&set, i))
            printf("blocked %d\n", i);
    sigpending(&set);
    for (int i = 1; i < 32; i++)
        if (sigismember(&set, i))
            printf("pending %d\n", i);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    fflush(stdout);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("not reached\n");
    return 0;
}
