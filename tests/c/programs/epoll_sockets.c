/* Sockets in a set: connections, bytes, ends, EPOLLRDHUP, levels and edges. */
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "show.h"

static int set;

static void change(int operation, int fd, unsigned events, uint64_t data) {
    struct epoll_event event = {events, {.u64 = data}};
    DONE(epoll_ctl(set, operation, fd, &event));
}

static void show_ready(const char *what) {
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, 0);
    printf("%s: %d ready", what, count);
    for (int i = 0; i < count; i++)
        printf(" %llu:%x", (unsigned long long)events[i].data.u64, events[i].events);
    printf("\n");
}

static void pairs(int kind) {
    int ends[2];
    char text[100];
    set = epoll_create1(0);
    socketpair(AF_UNIX, kind | SOCK_NONBLOCK, 0, ends);
    change(EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 1);
    change(EPOLL_CTL_ADD, ends[1], EPOLLIN | EPOLLRDHUP | EPOLLET, 2);
    show_ready("new");
    write(ends[0], "abc", 3);
    show_ready("sent");
    show_ready("again");
    write(ends[0], "def", 3);
    show_ready("sent more");
    CALL(read(ends[1], text, 100));
    read(ends[1], text, 100); /* the second of two messages */
    show_ready("read");
    write(ends[1], "g", 1);
    show_ready("answered");
    CALL(shutdown(ends[0], SHUT_WR));
    show_ready("half closed");
    CALL(shutdown(ends[0], SHUT_RD));
    show_ready("shut down");
    close(ends[0]);
    show_ready("closed");
    close(ends[1]);
    show_ready("gone");
    close(set);
}

/* There is room for a message as long as there is some where it goes. */
static void datagrams(void) {
    struct sockaddr_un address = {AF_UNIX, "name"};
    int receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    char text[10];
    set = epoll_create1(0);
    CALL(bind(receiver, (struct sockaddr *)&address, sizeof address));
    change(EPOLL_CTL_ADD, sender, EPOLLOUT, 5);
    show_ready("alone");
    CALL(connect(sender, (struct sockaddr *)&address, sizeof address));
    show_ready("connected");
    CALL(connect(other, (struct sockaddr *)&address, sizeof address));
    while (send(other, "x", 1, 0) == 1)
        ;
    printf("full: %s\n", strerror(errno));
    show_ready("full");
    pid_t child = fork();
    if (child == 0) {
        pause_for(30);
        _exit(read(receiver, text, sizeof text));
    }
    struct epoll_event event;
    CALL(epoll_wait(set, &event, 1, 5000));
    show_end("child", child);
    close(receiver);
    show_ready("closed");
    close(sender);
    close(other);
    close(set);
}

static void server(void) {
    struct sockaddr_in address = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), client;
    struct epoll_event event;
    set = epoll_create1(0);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    getsockname(listener, (struct sockaddr *)&address, &size);
    listen(listener, 5);
    change(EPOLL_CTL_ADD, listener, EPOLLIN, 3);
    show_ready("nobody");
    pid_t child = fork();
    if (child == 0) {
        char text[20];
        client = socket(AF_INET, SOCK_STREAM, 0);
        connect(client, (struct sockaddr *)&address, sizeof address);
        write(client, "hello", 5);
        ssize_t count = read(client, text, sizeof text);
        printf("the client got %.*s\n", (int)count, text);
        _exit(0);
    }
    CALL(epoll_wait(set, &event, 1, 5000));
    SHOW(event.data.u64);
    int connection = accept(listener, NULL, NULL);
    show_ready("accepted");
    change(EPOLL_CTL_ADD, connection, EPOLLIN | EPOLLRDHUP | EPOLLET, 4);
    CALL(epoll_wait(set, &event, 1, 5000));
    SHOW(event.events);
    show_read(connection, 100);
    write(connection, "welcome", 7);
    show_end("client", child);
    CALL(epoll_wait(set, &event, 1, 5000));
    SHOW(event.events & ~EPOLLHUP & ~EPOLLERR);
    show_read(connection, 100);
    close(connection);
    show_ready("closed");
    close(listener);
}

int main(void) {
    pairs(SOCK_STREAM);
    pairs(SOCK_DGRAM);
    datagrams();
    server();
    return 0;
}
