/* Sets in sets: how they become ready, circles, how deep they may be, and in how many ways a file may be reached. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "show.h"

static int add(int set, int fd, unsigned events) {
    struct epoll_event event = {events, {.fd = fd}};
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void show_ready(const char *what, int set, int fd) {
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, 0);
    printf("%s: %d ready", what, count);
    for (int i = 0; i < count; i++)
        printf(" %s%x", events[i].data.fd == fd ? "the one " : "another ", events[i].events);
    printf("\n");
}

static void show_poll(int fd) {
    struct pollfd poller = {fd, POLLIN | POLLRDNORM | POLLOUT, 0};
    int count = poll(&poller, 1, 0);
    printf("poll: %d %x\n", count, poller.revents);
}

int main(void) {
    int inner = epoll_create1(0), outer = epoll_create1(0), counter = eventfd(0, EFD_NONBLOCK);
    eventfd_t value;
    CALL(add(outer, inner, EPOLLIN));
    show_ready("empty", outer, inner);
    CALL(add(inner, counter, EPOLLIN));
    show_poll(inner);
    show_ready("nothing", outer, inner);
    eventfd_write(counter, 1);
    show_poll(inner);
    show_poll(outer);
    show_ready("counted", outer, inner);
    show_ready("again", outer, inner);
    show_ready("inside", inner, counter);
    eventfd_read(counter, &value);
    show_poll(inner);
    show_ready("taken", outer, inner);

    struct epoll_event event = {EPOLLIN | EPOLLET, {.fd = inner}};
    CALL(epoll_ctl(outer, EPOLL_CTL_MOD, inner, &event));
    eventfd_write(counter, 1);
    show_ready("edge", outer, inner);
    show_ready("again", outer, inner);
    eventfd_write(counter, 1);
    show_ready("counted again", outer, inner);
    pid_t child = fork();
    if (child == 0) {
        pause_for(30);
        eventfd_write(counter, 1);
        _exit(0);
    }
    CALL(epoll_wait(outer, &event, 1, 5000));
    TRUE(event.data.fd == inner);
    show_end("child", child);

    CALL(add(inner, outer, EPOLLIN)); /* a circle */
    CALL(add(outer, outer, EPOLLIN));
    CALL(add(outer, inner, EPOLLIN)); /* is there already */
    int chain[8];
    for (int i = 0; i < 8; i++)
        chain[i] = epoll_create1(0);
    for (int i = 1; i < 8; i++)
        printf("%d in %d: %s\n", i - 1, i, add(chain[i], chain[i - 1], EPOLLIN) ? strerror(errno) : "done");
    CALL(add(chain[0], counter, EPOLLIN));
    show_ready("deep", chain[4], chain[3]);
    CALL(add(chain[7], chain[5], EPOLLIN));
    CALL(add(chain[5], chain[4], EPOLLIN));
    CALL(add(chain[0], chain[4], EPOLLIN));
    CALL(epoll_ctl(chain[2], EPOLL_CTL_DEL, chain[1], NULL));
    show_ready("cut", chain[4], chain[3]);
    CALL(add(chain[5], chain[4], EPOLLIN));
    CALL(add(chain[1], chain[5], EPOLLIN));
    close(chain[3]); /* the set that is gone is in no other any more */
    CALL(add(chain[0], chain[4], EPOLLIN));

    /* A file in a set that is in many sets, each of which is in many. */
    struct rlimit limit = {256, 256};
    setrlimit(RLIMIT_NOFILE, &limit);
    int first = epoll_create1(0), middle[60], last[20], done = 0, failed = 0, lately = eventfd(0, 0);
    for (int i = 0; i < 60; i++)
        middle[i] = epoll_create1(0);
    for (int i = 0; i < 20; i++)
        last[i] = epoll_create1(0);
    for (int i = 0; i < 60; i++)
        add(middle[i], first, EPOLLIN);
    CALL(add(first, counter, EPOLLIN));
    for (int i = 0; i < 60; i++)
        for (int j = 0; j < 20; j++) {
            int result = add(last[j], middle[i], EPOLLIN);
            done += result == 0;
            failed += result == -1 && errno == EINVAL;
        }
    SHOW(done);
    SHOW(failed);
    CALL(add(first, lately, EPOLLIN));
    CALL(add(first, 0, EPOLLIN));
    show_ready("far away", last[0], middle[0]);
    return 0;
}
