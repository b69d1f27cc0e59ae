/* Signals, group and session of a spawned child. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1) {
        sigset_t set;
        struct sigaction action;
        sigprocmask(SIG_BLOCK, NULL, &set);
        SHOW(sigismember(&set, SIGUSR1));
        SHOW(sigismember(&set, SIGUSR2));
        sigaction(SIGHUP, NULL, &action);
        TRUE(action.sa_handler == SIG_IGN);
        sigaction(SIGTERM, NULL, &action);
        TRUE(action.sa_handler == SIG_IGN);
        TRUE(getpgrp() == getpid());
        TRUE(getsid(0) == getpid());
        return 0;
    }
    sigset_t mask, defaults;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGTERM);
    int flags[] = {0, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP, POSIX_SPAWN_SETSID,
                   POSIX_SPAWN_RESETIDS};
    for (int i = 0; i < 4; i++) {
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, flags[i]);
        posix_spawnattr_setsigmask(&attributes, &mask);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setpgroup(&attributes, 0);
        pid_t child;
        char *arguments[] = {"prog", "again", NULL};
        int error = posix_spawn(&child, "./prog", NULL, &attributes, arguments, environ);
        show_end("child", child);
        printf("flags %d: %s\n", flags[i], strerror(error));
    }
    return 0;
}
