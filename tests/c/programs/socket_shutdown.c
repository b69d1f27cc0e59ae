/* How conversations end, of both families: half closed, closed with bytes unread, reset; SIGPIPE, EPIPE, ECONNRESET. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>

static volatile int pipes;

static void count_pipe(int signal) {
    pipes++;
}

static void make(int family, int ends[2]) {
    if (family == AF_UNIX) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        return;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    bind(server, (struct sockaddr *)&address, size);
    listen(server, 1);
    getsockname(server, (struct sockaddr *)&address, &size);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    connect(ends[0], (struct sockaddr *)&address, size);
    ends[1] = accept(server, NULL, NULL);
    close(server);
}

static void show_error(int fd) {
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    printf("SO_ERROR: %s\n", error ? strerror(error) : "none");
}

static void show_poll(int fd) {
    struct pollfd asked = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&asked, 1, 0);
    printf("poll:%s%s%s%s%s\n", asked.revents & POLLIN ? " in" : "", asked.revents & POLLOUT ? " out" : "",
           asked.revents & POLLRDHUP ? " rdhup" : "", asked.revents & POLLHUP ? " hup" : "",
           asked.revents & POLLERR ? " err" : "");
}

static void try(int family) {
    int ends[2];
    puts("half closed");
    make(family, ends);
    show_poll(ends[0]);
    CALL(write(ends[0], "request", 7));
    CALL(shutdown(ends[0], SHUT_WR));
    CALL(write(ends[0], "x", 1));
    show_poll(ends[0]);
    show_poll(ends[1]);
    show_read(ends[1], 20);
    show_read(ends[1], 20);
    CALL(write(ends[1], "answer", 6));
    CALL(shutdown(ends[1], SHUT_RDWR));
    show_read(ends[0], 20);
    show_read(ends[0], 20);
    show_poll(ends[0]);
    CALL(write(ends[1], "x", 1));
    close(ends[0]), close(ends[1]);

    puts("closed");
    make(family, ends);
    CALL(write(ends[1], "rest", 4));
    close(ends[1]);
    show_poll(ends[0]);
    show_read(ends[0], 20);
    show_read(ends[0], 20);
    CALL(shutdown(ends[0], 3));
    DONE(write(ends[0], "x", 1));
    if (family == AF_INET)
        pause_for(1);
    CALL(write(ends[0], "x", 1));
    CALL(send(ends[0], "x", 1, MSG_NOSIGNAL));
    show_poll(ends[0]);
    show_error(ends[0]);
    close(ends[0]);

    puts("closed with bytes unread");
    make(family, ends);
    CALL(write(ends[0], "unread", 6));
    CALL(write(ends[1], "to read", 7));
    close(ends[1]);
    if (family == AF_INET)
        pause_for(1);
    show_poll(ends[0]);
    show_read(ends[0], 20);
    show_read(ends[0], 20);
    show_read(ends[0], 20);
    CALL(write(ends[0], "x", 1));
    close(ends[0]);

    puts("closed for reading");
    make(family, ends);
    CALL(write(ends[0], "here", 4));
    CALL(shutdown(ends[1], SHUT_RD));
    show_poll(ends[1]);
    show_read(ends[1], 20);
    show_read(ends[1], 20);
    if (family == AF_UNIX)
        CALL(write(ends[0], "x", 1));
    close(ends[0]), close(ends[1]);
    SHOW(pipes);
}

int main(void) {
    signal(SIGPIPE, count_pipe);
    puts("--- unix");
    try(AF_UNIX);
    puts("--- inet");
    try(AF_INET);
    puts("no time to linger");
    int ends[2];
    struct linger now = {1, 0};
    make(AF_INET, ends);
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &now, sizeof now));
    close(ends[1]);
    pause_for(1);
    show_poll(ends[0]);
    show_error(ends[0]);
    show_error(ends[0]);
    show_read(ends[0], 5);
    signal(SIGPIPE, SIG_DFL);
    pid_t child = fork();
    if (child == 0) {
        make(AF_UNIX, ends);
        close(ends[1]);
        write(ends[0], "x", 1);
        _exit(1);
    }
    show_end("writer", child);
    return 0;
}
