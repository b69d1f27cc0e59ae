/* epoll_create1, epoll_ctl, epoll_wait: what is ready, whose turn it is, and every error. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "show.h"

static int set;

static int change(int operation, int fd, unsigned events, uint64_t data) {
    struct epoll_event event = {events, {.u64 = data}};
    return epoll_ctl(set, operation, fd, &event);
}

static void show_ready(int most) {
    struct epoll_event events[8];
    int count = epoll_wait(set, events, most, 0);
    printf("%d ready:", count);
    for (int i = 0; i < count; i++)
        printf(" %llx:%x", (unsigned long long)events[i].data.u64, events[i].events);
    printf("\n");
}

int main(void) {
    int ends[2], other[2], file = open("file", O_RDWR | O_CREAT, 0600), directory = open(".", O_RDONLY);
    CALL(epoll_create1(1));
    CALL(epoll_create(0));
    set = epoll_create1(EPOLL_CLOEXEC);
    SHOW(fcntl(set, F_GETFD));
    SHOW(fcntl(set, F_GETFL));
    pipe(ends);
    pipe(other);
    show_ready(8);
    CALL(change(EPOLL_CTL_ADD, ends[0], EPOLLIN, 0x123456789abcdef0));
    CALL(change(EPOLL_CTL_ADD, ends[1], EPOLLOUT, 1));
    CALL(change(EPOLL_CTL_ADD, other[0], EPOLLIN | EPOLLRDNORM | EPOLLRDHUP, 2));
    CALL(change(EPOLL_CTL_ADD, ends[0], EPOLLIN, 0));
    show_ready(8);
    write(ends[1], "ab", 2);
    show_ready(8);
    show_ready(8);
    write(other[1], "c", 1);
    show_ready(1); /* the next one each time */
    show_ready(1);
    show_ready(1);
    show_ready(2);
    show_read(ends[0], 1);
    show_ready(8);
    show_read(ends[0], 1);
    show_ready(8);
    CALL(change(EPOLL_CTL_MOD, ends[1], 0, 1));
    show_ready(8);
    CALL(change(EPOLL_CTL_MOD, other[0], EPOLLPRI, 3));
    show_ready(8);
    close(other[1]); /* told whether it was asked for or not */
    show_ready(8);
    CALL(change(EPOLL_CTL_MOD, other[0], EPOLLIN, 4));
    show_ready(8);
    CALL(epoll_ctl(set, EPOLL_CTL_DEL, other[0], NULL));
    CALL(epoll_ctl(set, EPOLL_CTL_DEL, other[0], NULL));
    CALL(change(EPOLL_CTL_MOD, other[0], EPOLLIN, 4));
    close(ends[0]);
    show_ready(8);

    CALL(change(EPOLL_CTL_ADD, file, EPOLLIN, 0));
    CALL(change(EPOLL_CTL_ADD, directory, EPOLLIN, 0));
    CALL(change(EPOLL_CTL_ADD, open("/dev/null", O_RDWR), EPOLLIN, 0));
    CALL(change(EPOLL_CTL_ADD, open(".", O_PATH), EPOLLIN, 0));
    CALL(change(EPOLL_CTL_ADD, 99, EPOLLIN, 0));
    CALL(change(EPOLL_CTL_ADD, ends[0], EPOLLIN, 0));
    CALL(change(EPOLL_CTL_ADD, set, EPOLLIN, 0));
    CALL(change(7, ends[1], EPOLLIN, 0));
    CALL(epoll_ctl(set, EPOLL_CTL_ADD, other[0], NULL));
    CALL(epoll_ctl(set, EPOLL_CTL_ADD, 99, (void *)8));
    CALL(epoll_ctl(99, EPOLL_CTL_DEL, other[0], NULL));
    CALL(epoll_ctl(other[0], EPOLL_CTL_DEL, ends[1], NULL));
    CALL(epoll_ctl(ends[1], EPOLL_CTL_ADD, other[0], &(struct epoll_event){0}));

    struct epoll_event event;
    CALL(epoll_wait(set, &event, 0, 0));
    CALL(epoll_wait(set, &event, -1, 0));
    CALL(epoll_wait(set, &event, INT_MAX, 0));
    CALL(epoll_wait(other[0], &event, 1, 0));
    CALL(epoll_wait(99, &event, 1, 0));
    CALL(epoll_wait(set, (void *)8, 1, 0)); /* ends[1] has an error */
    show_ready(8);
    struct timespec bad = {0, 1000000000};
    CALL(syscall(SYS_epoll_pwait2, set, &event, 1, &bad, NULL, 8L));
    CALL(syscall(SYS_epoll_pwait2, set, &event, 1, (void *)8, NULL, 8L));
    CALL(syscall(SYS_epoll_pwait2, set, &event, 1, NULL, &bad, 4L));
    CALL(syscall(SYS_epoll_pwait2, set, &event, 1, NULL, (void *)8, 8L));
    CALL(syscall(SYS_epoll_pwait2, set, &event, 1, NULL, NULL, 4L));

    char text[8];
    CALL(read(set, text, 8));
    CALL(write(set, text, 8));
    CALL(lseek(set, 5, SEEK_SET));
    int counter = eventfd(0, 0);
    CALL(change(EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLOUT, 5));
    show_ready(8);
    eventfd_write(counter, 0xfffffffffffffffe);
    show_ready(8);
    return 0;
}
