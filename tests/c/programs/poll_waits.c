/* poll and ppoll wait: for a child's byte, its end, a timeout, a signal. */
#include "show.h"

static void handler(int number) { printf("signal %d\n", number); }

int main(void) {
    int ends[2];
    pipe(ends);
    struct pollfd poller = {ends[0], POLLIN, 0};
    pid_t child = fork();
    if (child == 0) {
        pause_for(50);
        write(ends[1], "x", 1);
        _exit(0);
    }
    CALL(poll(&poller, 1, -1));
    SHOW(poller.revents);
    show_read(ends[0], 10);
    show_end("child", child);
    long long before = milliseconds(CLOCK_MONOTONIC);
    CALL(poll(&poller, 1, 60));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 60);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        pause_for(30);
        _exit(0);
    }
    close(ends[1]);
    CALL(poll(&poller, 1, 5000));
    SHOW(poller.revents);
    show_end("child", child);
    signal(SIGUSR1, handler);
    sigset_t set, none;
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    CALL(ppoll(NULL, 0, &(struct timespec){0, 10000000}, NULL));
    CALL(ppoll(NULL, 0, &(struct timespec){5, 0}, &none));
    sigprocmask(SIG_BLOCK, NULL, &set);
    SHOW(sigismember(&set, SIGUSR1));
    CALL(ppoll(NULL, 0, &(struct timespec){0, 0}, &none));
    CALL(ppoll(NULL, 0, &(struct timespec){0, -1}, NULL));
    CALL(ppoll(&poller, 1, &(struct timespec){0, 0}, NULL));
    return 0;
}
