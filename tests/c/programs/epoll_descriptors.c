/* An interest lasts as long as its open file: with descriptors that are closed, duplicated, inherited, used again. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "show.h"

static int change(int set, int operation, int fd, uint64_t data) {
    struct epoll_event event = {EPOLLIN, {.u64 = data}};
    return epoll_ctl(set, operation, fd, &event);
}

static void show_ready(const char *what, int set) {
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, 0);
    printf("%s: %d ready", what, count);
    for (int i = 0; i < count; i++)
        printf(" %llu:%x", (unsigned long long)events[i].data.u64, events[i].events);
    printf("\n");
}

int main(int count, char **arguments) {
    if (count > 1) { /* executed */
        show_ready("executed", atoi(arguments[1]));
        return 0;
    }
    int set = epoll_create1(0), counter = eventfd(1, EFD_NONBLOCK), twin = dup(counter), closed = counter;
    CALL(change(set, EPOLL_CTL_ADD, counter, 1));
    CALL(change(set, EPOLL_CTL_ADD, twin, 2));
    CALL(change(set, EPOLL_CTL_ADD, twin, 3));
    show_ready("both", set);
    close(counter);
    show_ready("one closed", set);
    CALL(change(set, EPOLL_CTL_DEL, closed, 0));
    CALL(change(set, EPOLL_CTL_MOD, closed, 0));
    counter = eventfd(5, 0);
    TRUE(counter == closed);
    CALL(change(set, EPOLL_CTL_DEL, counter, 0)); /* another file */
    CALL(change(set, EPOLL_CTL_ADD, counter, 4));
    show_ready("used again", set);
    close(twin);
    show_ready("all closed", set);
    CALL(dup2(counter, 100));
    close(counter);
    CALL(dup2(100, counter)); /* the same file comes back */
    CALL(change(set, EPOLL_CTL_ADD, counter, 5));
    CALL(change(set, EPOLL_CTL_MOD, counter, 6));
    show_ready("back", set);
    close(counter);
    close(100);
    show_ready("gone", set);

    int ends[2];
    pipe(ends);
    CALL(change(set, EPOLL_CTL_ADD, ends[0], 7));
    write(ends[1], "x", 1);
    pid_t child = fork();
    if (child == 0) {
        show_ready("child", set); /* the set is shared */
        close(ends[0]);
        show_ready("child, closed", set);
        int other = eventfd(1, 0);
        CALL(change(set, EPOLL_CTL_ADD, other, 8));
        show_ready("child, added", set);
        _exit(0);
    }
    show_end("child", child);
    show_ready("parent", set);
    CALL(change(set, EPOLL_CTL_DEL, ends[0], 0));
    show_ready("parent, removed", set);
    CALL(change(set, EPOLL_CTL_ADD, ends[0], 9));
    child = fork();
    if (child == 0) {
        char number[12];
        snprintf(number, sizeof number, "%d", set);
        execl("./prog", "./prog", number, NULL);
        _exit(99);
    }
    show_end("executed", child);

    int copy = dup(set);
    close(set);
    show_ready("through a copy", copy);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    char number[12];
    snprintf(number, sizeof number, "%d", copy);
    execl("./prog", "./prog", number, NULL); /* the file is closed, and gone from the set */
    return 1;
}
