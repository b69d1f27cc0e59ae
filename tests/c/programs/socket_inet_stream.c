/* TCP over the loopback: a server and clients in processes of their own, names, ends and errors. */
#include "show.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static struct sockaddr_in at(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
}

static int port_of(int (*ask)(int, struct sockaddr *, socklen_t *), int fd) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    return ask(fd, (struct sockaddr *)&address, &size) ? -1 : ntohs(address.sin_port);
}

static void show_name(const char *what, int (*ask)(int, struct sockaddr *, socklen_t *), int fd) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    if (ask(fd, (struct sockaddr *)&address, &size))
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %d bytes, family %d, %s, %s port\n", what, (int)size, address.sin_family,
               inet_ntoa(address.sin_addr), address.sin_port ? "a" : "no");
}

static int to(int port) {
    struct sockaddr_in address = at("127.0.0.1", port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof address) ? -1 : fd;
}

static int client(int port, int number) {
    char text[32], got[32] = "";
    int fd = to(port), count = 0, done = 0;
    if (fd < 0)
        return 90;
    snprintf(text, sizeof text, "hello %d", number);
    write(fd, text, strlen(text));
    shutdown(fd, SHUT_WR);
    while ((count = read(fd, got + done, sizeof got - done)) > 0)
        done += count;
    return !strncmp(got, "HELLO ", 6) ? number : 91;
}

int main(void) {
    struct sockaddr_in any = at("0.0.0.0", 0);
    int server = socket(AF_INET, SOCK_STREAM, 0), fresh = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), fd;
    show_name("fresh", getsockname, fresh);
    show_name("fresh", getpeername, fresh);
    show_read(fresh, 4);
    CALL(send(fresh, "x", 1, MSG_NOSIGNAL));
    CALL(shutdown(fresh, SHUT_RDWR));
    CALL(accept(server, NULL, NULL));
    CALL(bind(server, (struct sockaddr *)&any, sizeof any));
    show_name("bound", getsockname, server);
    int port = port_of(getsockname, server);
    struct sockaddr_in same = at("127.0.0.1", port), nobody = at("127.0.0.1", 1);
    CALL(connect(fresh, (struct sockaddr *)&same, sizeof same));
    CALL(listen(server, 8));
    CALL(bind(fresh, (struct sockaddr *)&same, sizeof same));
    CALL(read(server, &same, 0));
    show_read(server, 3);

    puts("clients");
    pid_t children[4];
    for (int i = 0; i < 4; i++)
        if ((children[i] = fork()) == 0)
            _exit(client(port, i + 1));
    for (int i = 0; i < 4; i++) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        char text[32];
        fd = accept4(server, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
        TRUE(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && port_of(getpeername, fd) == ntohs(from.sin_port));
        if (i == 0) {
            SHOW(fcntl(fd, F_GETFD));
            show_name("accepted", getsockname, fd);
            show_name("accepted", getpeername, fd);
            TRUE(port_of(getsockname, fd) == port);
        }
        int count, done = 0;
        while ((count = read(fd, text + done, sizeof text - done)) > 0)
            done += count;
        for (int j = 0; j < 5; j++)
            text[j] -= 32;
        write(fd, text, done);
        close(fd);
    }
    for (int i = 0; i < 4; i++)
        show_end("client", children[i]);

    puts("errors");
    fd = to(port);
    CALL(connect(fd, (struct sockaddr *)&same, sizeof same));
    CALL(listen(fd, 1));
    CALL(bind(fd, (struct sockaddr *)&any, sizeof any));
    CALL(sendto(fd, "y", 1, 0, (struct sockaddr *)&nobody, sizeof nobody));
    CALL(connect(fresh, (struct sockaddr *)&nobody, sizeof nobody));
    CALL(connect(fresh, (struct sockaddr *)&nobody, 8));
    any.sin_family = AF_UNIX;
    CALL(bind(fresh, (struct sockaddr *)&any, sizeof any));
    CALL(connect(fresh, (struct sockaddr *)&any, sizeof any));
    struct sockaddr_in elsewhere = at("192.0.2.1", 0), group = at("224.0.0.1", 80), low = at("127.0.0.1", 80);
    CALL(bind(fresh, (struct sockaddr *)&elsewhere, sizeof elsewhere));
    CALL(bind(fresh, (struct sockaddr *)&elsewhere, 15));
    CALL(bind(fresh, (struct sockaddr *)&low, sizeof low));
    CALL(connect(fresh, (struct sockaddr *)&group, sizeof group));
    CALL(connect(fresh, (struct sockaddr *)&same, sizeof same));
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    CALL(connect(fresh, &nowhere, sizeof nowhere));
    show_name("again", getpeername, fresh);
    CALL(connect(fresh, (struct sockaddr *)&same, sizeof same));
    struct sockaddr_in other = at("127.0.0.9", port);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(fd, (struct sockaddr *)&other, sizeof other));
    show_name("to another", getpeername, fd);
    show_name("from", getsockname, fd);
    other = at("0.0.0.0", port);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(fd, (struct sockaddr *)&other, sizeof other));
    show_name("to any", getpeername, fd);
    CALL(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    CALL(socket(AF_INET, SOCK_SEQPACKET, 0));
    CALL(socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
    CALL(socket(AF_INET, SOCK_STREAM, 300));
    CALL(socket(AF_INET, 12, 0));
    CALL(socketpair(AF_INET, SOCK_STREAM, 0, &fd));
    CALL(connect(STDOUT_FILENO, (struct sockaddr *)&same, sizeof same));
    return 0;
}
