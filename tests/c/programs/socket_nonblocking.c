/* Sockets that do not wait: O_NONBLOCK and MSG_DONTWAIT in accept, connect, send and receive; a backlog that is full. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static int error_of(int fd) {
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

static void show_poll(int fd) {
    struct pollfd asked = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&asked, 1, 1000);
    printf("poll:%s%s%s%s%s\n", asked.revents & POLLIN ? " in" : "", asked.revents & POLLOUT ? " out" : "",
           asked.revents & POLLRDHUP ? " rdhup" : "", asked.revents & POLLHUP ? " hup" : "",
           asked.revents & POLLERR ? " err" : "");
}

/* Fill a stream; whether that ended with EAGAIN. */
static int fill(int fd, int flags) {
    static char block[4096];
    long total = 0;
    int count;
    while ((count = send(fd, block, sizeof block, flags)) > 0)
        total += count;
    TRUE(total > 20000);
    return errno == EAGAIN;
}

int main(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "door"};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *to = (struct sockaddr *)&address;
    socklen_t size = sizeof address;
    int ends[2], fds[4];
    puts("unix");
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(bind(server, (struct sockaddr *)&name, sizeof name));
    CALL(listen(server, 1));
    CALL(accept(server, NULL, NULL));
    for (int i = 0; i < 4; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        CALL(connect(fds[i], (struct sockaddr *)&name, sizeof name));
    }
    show_poll(server);
    pid_t child = fork();
    if (child == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        _exit(connect(fd, (struct sockaddr *)&name, sizeof name) ? errno : 0);
    }
    pause_for(5);
    int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK);
    TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CALL(accept4(server, NULL, NULL, 1));
    show_end("child", child);
    show_read(fd, 5);
    TRUE(fill(fd, 0));
    CALL(write(fds[3], "x", 1));
    show_poll(fds[0]);
    close(server);

    puts("a pair");
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    char byte;
    CALL(recv(ends[0], &byte, 1, MSG_DONTWAIT));
    TRUE(fill(ends[0], MSG_DONTWAIT));
    show_poll(ends[0]);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    static char large[1 << 16];
    while (read(ends[1], large, sizeof large) > 0)
        ;
    TRUE(errno == EAGAIN);
    show_poll(ends[0]);
    int on = 1;
    CALL(ioctl(ends[0], FIONBIO, &on));
    show_read(ends[0], 1);

    puts("inet");
    server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(bind(server, to, sizeof address));
    getsockname(server, to, &size);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    show_poll(fd);
    CALL(connect(fd, to, size));
    show_poll(fd);
    TRUE(error_of(fd) == ECONNREFUSED);
    TRUE(error_of(fd) == 0);
    CALL(connect(fd, to, size));
    CALL(listen(server, 1));
    CALL(accept(server, NULL, NULL));
    CALL(connect(fd, to, size));
    show_poll(fd);
    TRUE(error_of(fd) == 0);
    CALL(connect(fd, to, size));
    CALL(connect(fd, to, size));
    show_poll(server);
    int end = accept(server, NULL, NULL);
    TRUE((fcntl(end, F_GETFL) & O_NONBLOCK) == 0);
    CALL(recv(end, &byte, 1, MSG_DONTWAIT));
    CALL(write(fd, "hello", 5));
    show_poll(end);
    show_read(end, 10);
    TRUE(fill(fd, 0));
    for (int done = 0; done < 100000;)
        done += read(end, large, sizeof large);
    close(fd);
    close(end);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(fd, to, size));
    close(server);
    CALL(read(fd, &byte, 1));
    CALL(read(fd, &byte, 1));
    return 0;
}
