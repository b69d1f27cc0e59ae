/* Waiting for signals as for files: read, poll, select and epoll; in children and after an exec. */
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "show.h"

static void show_signal(const char *who, int fd) {
    struct signalfd_siginfo record;
    if (read(fd, &record, sizeof record) < 0)
        printf("%s: %s\n", who, strerror(errno));
    else
        printf("%s: signal %d\n", who, record.ssi_signo);
}

static void show_poll(int fd, int timeout) {
    struct pollfd poller = {fd, POLLIN | POLLOUT, 0};
    int count = poll(&poller, 1, timeout);
    printf("poll: %d %x\n", count, poller.revents);
}

static pid_t later(int number) {
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        pause_for(30);
        kill(parent, number);
        _exit(0);
    }
    return child;
}

static void handler(int number) { printf("handled %d\n", number); }

int main(int count, char **arguments) {
    if (count > 1) {
        show_signal("executed", atoi(arguments[1]));
        return 0;
    }
    sigset_t set, none;
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, 0);
    show_poll(fd, 0);
    pid_t child = later(SIGUSR1);
    show_signal("read", fd);
    show_end("child", child);
    child = later(SIGUSR2);
    show_poll(fd, -1);
    show_end("child", child);
    show_signal("polled", fd);
    show_poll(fd, 0);

    child = later(SIGUSR1);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    CALL(select(fd + 1, &readable, NULL, NULL, NULL));
    show_end("child", child);
    show_signal("selected", fd);

    int queue = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | EPOLLET, {.fd = fd}};
    CALL(epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event));
    CALL(epoll_wait(queue, &event, 1, 0));
    child = later(SIGUSR1);
    CALL(epoll_wait(queue, &event, 1, 5000));
    show_end("child", child);
    CALL(epoll_wait(queue, &event, 1, 0));
    raise(SIGUSR2);
    CALL(epoll_wait(queue, &event, 1, 0));
    show_signal("first", fd);
    show_signal("second", fd);

    /* A child reads its own signals, of which it has none, and not its parent's. */
    raise(SIGUSR1);
    child = fork();
    if (child == 0) {
        show_poll(fd, 0);
        raise(SIGUSR2);
        show_signal("child", fd);
        _exit(0);
    }
    show_end("child", child);
    show_signal("parent", fd);

    /* A handler interrupts, and is not run for what is read. */
    signal(SIGUSR1, handler);
    signal(SIGALRM, handler);
    raise(SIGUSR1);
    show_signal("with a handler", fd);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = handler}, NULL);
    ualarm(20000, 0);
    show_signal("interrupted", fd);
    raise(SIGUSR1);
    CALL(sigsuspend(&none));
    show_poll(fd, 0);

    raise(SIGUSR2);
    char number[12];
    snprintf(number, sizeof number, "%d", fd);
    fflush(stdout);
    execl("./prog", "./prog", number, NULL); /* what waits is kept */
    return 1;
}
