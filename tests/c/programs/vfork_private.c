/* What a vfork child does not share: descriptors, directory, umask, signals, group. */
#include "show.h"

static void handler(int number) { (void)number; }

int main(void) {
    put_file("text", "abcdef", 0600);
    mkdir("below", 0755);
    int fd = open("text", O_RDONLY);
    pid_t child = vfork();
    if (child == 0) {
        lseek(fd, 3, SEEK_SET);
        close(fd);
        close(0);
        open("text", O_RDONLY);
        chdir("below");
        umask(0);
        signal(SIGUSR1, handler);
        sigset_t set;
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        setpgid(0, 0);
        _exit(0);
    }
    show_end("child", child);
    show_read(fd, 10);
    CALL(access("below", F_OK));
    SHOW(umask(022));
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    TRUE(action.sa_handler == SIG_DFL);
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    SHOW(sigismember(&set, SIGTERM));
    TRUE(getpgrp() == getpid());
    return 0;
}
