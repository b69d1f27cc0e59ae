/* RLIMIT_NOFILE: how many descriptors, and who may raise it. */
#include "show.h"

int main(void) {
    struct rlimit limit = {10, 20}, old;
    CALL(getrlimit(RLIMIT_NOFILE, &old));
    SHOW(old.rlim_cur);
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    int last = 0, fd;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    SHOW(last);
    CALL(open("/dev/null", O_RDONLY));
    CALL(dup(0));
    CALL(dup2(0, 10));
    CALL(dup2(0, 9));
    CALL(fcntl(0, F_DUPFD, 5));
    CALL(fcntl(0, F_DUPFD, 10));
    int ends[2];
    CALL(pipe(ends));
    close(9);
    CALL(pipe(ends));
    limit.rlim_cur = 15;
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    CALL(dup2(0, 14));
    limit.rlim_cur = 8;
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    CALL(fcntl(14, F_GETFD));
    CALL(dup(0));
    limit.rlim_max = 30;
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    limit = (struct rlimit){21, 20};
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    limit = (struct rlimit){20, 20};
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    pid_t child = fork();
    if (child == 0) {
        getrlimit(RLIMIT_NOFILE, &old);
        SHOW(old.rlim_cur);
        SHOW(sysconf(_SC_OPEN_MAX));
        _exit(0);
    }
    show_end("child", child);
    CALL(getrlimit(99, &limit));
    CALL(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, (void *)8, NULL));
    CALL(syscall(SYS_prlimit64, 1 << 22, RLIMIT_NOFILE, NULL, NULL));
    return 0;
}
