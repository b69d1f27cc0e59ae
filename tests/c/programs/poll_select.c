/* select and pselect: which descriptors stay in the sets. */
#include "show.h"

static void look(int fd, const char *what, struct timeval limit) {
    fd_set in, out, other;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&other);
    FD_SET(fd, &in);
    FD_SET(fd, &out);
    FD_SET(fd, &other);
    int result = select(fd + 1, &in, &out, &other, &limit);
    printf("%s: %d %s", what, result, result < 0 ? strerror(errno) : "");
    if (result >= 0)
        printf("%d %d %d", !!FD_ISSET(fd, &in), !!FD_ISSET(fd, &out), !!FD_ISSET(fd, &other));
    puts("");
}

static void handler(int number) { printf("signal %d\n", number); }

int main(void) {
    int ends[2];
    struct timeval now = {0, 0}, soon = {0, 30000};
    pipe(ends);
    look(ends[0], "empty", now);
    look(ends[1], "empty", now);
    write(ends[1], "x", 1);
    look(ends[0], "a byte", now);
    look(open("prog", O_RDONLY), "a file", now);
    look(33, "closed", now); // Linux looks only at descriptors that its table has room for, 64 at least
    read(ends[0], &now, 1);
    now = (struct timeval){0, 0};
    look(ends[0], "empty", soon);
    close(ends[1]);
    look(ends[0], "no writer", soon);
    CALL(select(0, NULL, NULL, NULL, &soon));
    CALL(select(-1, NULL, NULL, NULL, &soon));
    CALL(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
    signal(SIGUSR1, handler);
    sigset_t set, none;
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    CALL(pselect(0, NULL, NULL, NULL, &(struct timespec){0, 10000000}, NULL));
    CALL(pselect(0, NULL, NULL, NULL, &(struct timespec){5, 0}, &none));
    pipe(ends);
    pid_t child = fork();
    if (child == 0) {
        pause_for(30);
        write(ends[1], "z", 1);
        _exit(0);
    }
    fd_set in;
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    CALL(pselect(ends[0] + 1, &in, NULL, NULL, NULL, NULL));
    SHOW(!!FD_ISSET(ends[0], &in));
    show_end("child", child);
    return 0;
}
