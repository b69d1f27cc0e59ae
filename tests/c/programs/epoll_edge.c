/* EPOLLET, EPOLLONESHOT and EPOLLEXCLUSIVE. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "show.h"

static int change(int set, int operation, int fd, unsigned events, uint64_t data) {
    struct epoll_event event = {events, {.u64 = data}};
    return epoll_ctl(set, operation, fd, &event);
}

static void show_ready(const char *what, int set) {
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, 0);
    printf("%s: %d ready", what, count);
    for (int i = 0; i < count; i++)
        printf(" %llx:%x", (unsigned long long)events[i].data.u64, events[i].events);
    printf("\n");
}

static void edges(void) {
    int set = epoll_create1(0), ends[2], counter = eventfd(0, EFD_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    char page[4096];
    pipe2(ends, O_NONBLOCK);
    change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET, 1);
    show_ready("nothing", set);
    write(ends[1], "abc", 3);
    show_ready("written", set);
    show_ready("again", set);
    read(ends[0], page, 1);
    show_ready("read a byte", set);
    write(ends[1], "d", 1);
    show_ready("written again", set);
    CALL(change(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET, 2));
    show_ready("changed", set);
    write(ends[1], "e", 1);
    read(ends[0], page, 100);
    show_ready("written and read", set);
    close(ends[1]);
    show_ready("closed", set);
    show_ready("again", set);
    CALL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL));
    close(ends[0]);

    pipe2(ends, O_NONBLOCK);
    change(set, EPOLL_CTL_ADD, ends[1], EPOLLOUT | EPOLLET, 3);
    show_ready("room", set);
    while (write(ends[1], page, sizeof page) > 0)
        ;
    show_ready("full", set);
    read(ends[0], page, 4096);
    show_ready("room again", set);
    read(ends[0], page, 4096);
    show_ready("more room", set);
    close(ends[0]);
    show_ready("closed", set);

    change(set, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLOUT | EPOLLET, 4);
    show_ready("counter", set);
    eventfd_write(counter, 1);
    show_ready("counted", set);
    eventfd_write(counter, 1);
    eventfd_write(counter, 1);
    show_ready("counted twice", set);
    show_ready("again", set);
    read(counter, page, 8);
    show_ready("taken", set);
    struct itimerspec set_to = {{0, 5000000}, {0, 5000000}};
    change(set, EPOLL_CTL_ADD, timer, EPOLLIN | EPOLLET, 5);
    timerfd_settime(timer, 0, &set_to, NULL);
    struct epoll_event event;
    CALL(epoll_wait(set, &event, 1, 1000));
    pause_for(20);
    show_ready("not read", set);
    read(timer, page, 8);
    CALL(epoll_wait(set, &event, 1, 1000));
    close(set);
}

static void once(void) {
    int set = epoll_create1(0), counter = eventfd(1, EFD_NONBLOCK);
    change(set, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLONESHOT, 6);
    show_ready("once", set);
    show_ready("again", set);
    eventfd_write(counter, 1);
    show_ready("counted", set);
    CALL(change(set, EPOLL_CTL_ADD, counter, EPOLLIN, 0));
    CALL(change(set, EPOLL_CTL_MOD, counter, EPOLLIN | EPOLLONESHOT | EPOLLET, 7));
    show_ready("armed", set);
    show_ready("again", set);
    CALL(change(set, EPOLL_CTL_MOD, counter, EPOLLIN, 8));
    show_ready("level", set);
    show_ready("again", set);
    close(set);
}

/* Of several sets that wait for a file, one is told. */
static void exclusive(void) {
    int sets[3], counter = eventfd(0, EFD_NONBLOCK), inner = epoll_create1(0), first = 0;
    struct epoll_event event = {EPOLLIN | EPOLLEXCLUSIVE | EPOLLET};
    for (int i = 0; i < 3; i++) {
        sets[i] = epoll_create1(0);
        CALL(epoll_ctl(sets[i], EPOLL_CTL_ADD, counter, &event));
    }
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(epoll_wait(sets[i], &event, 1, 10000));
        pause_for(30);
    }
    for (int i = 0; i < 3; i++) {
        int status;
        eventfd_write(counter, 1);
        pid_t ended = wait(&status);
        for (int j = 0; j < 3; j++)
            first |= (ended == children[j]) << (4 * i + j);
        printf("exit %d, others: %d\n", WEXITSTATUS(status), waitpid(-1, &status, WNOHANG));
    }
    SHOW(first == 0x421);
    CALL(change(sets[0], EPOLL_CTL_MOD, counter, EPOLLIN, 0));
    CALL(change(sets[0], EPOLL_CTL_MOD, counter, EPOLLIN | EPOLLEXCLUSIVE, 0));
    CALL(epoll_ctl(sets[0], EPOLL_CTL_DEL, counter, NULL));
    CALL(change(sets[0], EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 0));
    CALL(change(sets[0], EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLRDHUP | EPOLLEXCLUSIVE, 0));
    CALL(change(sets[0], EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLEXCLUSIVE, 0));
    CALL(change(sets[0], EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLOUT | EPOLLWAKEUP | EPOLLEXCLUSIVE, 0));
}

int main(void) {
    edges();
    once();
    exclusive();
    return 0;
}
