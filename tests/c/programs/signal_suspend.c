/* sigsuspend: a mask for the time of the wait, and the old one for afterwards. */
#include "show.h"

static char log_[100];

static void handler(int number) {
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    sprintf(log_ + strlen(log_), "%d(%d%d) ", number, sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
}

int main(void) {
    signal(SIGUSR1, handler);
    signal(SIGUSR2, handler);
    sigset_t both, only, old;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    puts(log_);
    only = both;
    sigdelset(&only, SIGUSR2);
    CALL(sigsuspend(&only));
    puts(log_);
    sigprocmask(SIG_BLOCK, NULL, &old);
    SHOW(sigismember(&old, SIGUSR1) + sigismember(&old, SIGUSR2));
    sigpending(&old);
    SHOW(sigismember(&old, SIGUSR1) * 10 + sigismember(&old, SIGUSR2));
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        pause_for(20);
        kill(parent, SIGUSR2);
        _exit(0);
    }
    sigdelset(&only, SIGUSR2);
    CALL(sigsuspend(&only));
    puts(log_);
    show_end("child", child);
    CALL(syscall(SYS_rt_sigsuspend, (void *)8, 8));
    CALL(syscall(SYS_rt_sigsuspend, &only, 4));
    return 0;
}
