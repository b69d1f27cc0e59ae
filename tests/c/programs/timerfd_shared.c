/* A timerfd is a file: poll and select wait for it, a child and a program that is executed have it, too. */
#include <sys/timerfd.h>

#include "show.h"

static int arm(int fd, long first, long interval) {
    struct itimerspec set = {{0, interval * 1000000}, {0, first * 1000000}};
    return timerfd_settime(fd, 0, &set, NULL);
}

static void show_count(const char *who, int fd) {
    uint64_t count = 0;
    if (read(fd, &count, sizeof count) < 0)
        printf("%s: %s\n", who, strerror(errno));
    else
        printf("%s: expired %llu times\n", who, (unsigned long long)count);
}

static void handler(int number) { printf("signal %d\n", number); }

int main(int count, char **arguments) {
    if (count > 1) {
        show_count("executed", atoi(arguments[1]));
        CALL(fcntl(atoi(arguments[2]), F_GETFD));
        return 0;
    }
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), other = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct pollfd pollers[] = {{fd, POLLIN | POLLOUT | POLLRDNORM, 0}, {other, POLLIN, 0}};
    CALL(poll(pollers, 2, 0));
    arm(fd, 30, 0);
    arm(other, 500, 0);
    CALL(poll(pollers, 2, 10));
    CALL(poll(pollers, 2, -1));
    printf("%x %x\n", pollers[0].revents, pollers[1].revents);
    CALL(poll(pollers, 2, 0));
    show_count("parent", fd);
    CALL(poll(pollers, 2, 0));

    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(fd, &readable);
    FD_SET(fd, &writable);
    FD_SET(other, &readable);
    arm(fd, 20, 0);
    struct timeval limit = {5, 0};
    CALL(select(other + 1, &readable, &writable, NULL, &limit));
    SHOW(FD_ISSET(fd, &readable));
    SHOW(FD_ISSET(fd, &writable));
    SHOW(FD_ISSET(other, &readable));
    show_count("parent", fd);

    pid_t child = fork();
    if (child == 0) {
        arm(fd, 10, 0);
        show_count("child", fd);
        arm(fd, 20, 0);
        _exit(0);
    }
    show_end("child", child);
    show_count("parent", fd);
    child = vfork();
    if (child == 0) {
        char number[12], closed[12];
        snprintf(number, sizeof number, "%d", fd);
        snprintf(closed, sizeof closed, "%d", other);
        arm(fd, 30, 0);
        execl("./prog", "./prog", number, closed, NULL);
        _exit(99);
    }
    show_end("executed", child);

    int twin = dup(fd);
    close(fd);
    arm(twin, 10, 0);
    show_count("twin", twin);
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGALRM, &action, NULL);
    arm(twin, 900, 0);
    ualarm(20000, 0);
    show_count("interrupted", twin);
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    arm(twin, 60, 0);
    ualarm(20000, 0);
    show_count("made again", twin);
    arm(twin, 1, 1);
    close(twin);
    pause_for(20);
    return 0;
}
