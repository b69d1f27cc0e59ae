/* Connections of TCP that are given up: connect(2) with AF_UNSPEC before and after they are there. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in address = {.sin_family = AF_INET};
static socklen_t size = sizeof address;

static int make(int flags) { return socket(AF_INET, SOCK_STREAM | flags, 0); }

static int go(int fd) { return connect(fd, (struct sockaddr *)&address, size); }

static int give_up(int fd) { return connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)); }

static int error_of(int fd) {
    int error = -1;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

static int is_connected(int fd) {
    struct sockaddr_in other;
    return getpeername(fd, (struct sockaddr *)&other, &(socklen_t){sizeof other}) == 0;
}

static void tell(int fd) {
    struct sockaddr_in own;
    getsockname(fd, (struct sockaddr *)&own, &(socklen_t){sizeof own});
    printf("at %x, %s port\n", ntohl(own.sin_addr.s_addr), own.sin_port ? "some" : "no");
}

/* What is left of an address without a port of its own choice. */
static void names(void) {
    struct sockaddr_in free = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int stream = make(0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    CALL(bind(stream, (struct sockaddr *)&free, size));
    CALL(give_up(stream));
    tell(stream);
    CALL(bind(stream, (struct sockaddr *)&free, size));
    for (int i = 0; i < 2; i++) {
        CALL(i ? 0 : bind(datagrams, (struct sockaddr *)&free, size));
        CALL(go(datagrams));
        tell(datagrams);
        CALL(give_up(datagrams));
        tell(datagrams);
    }
    CALL(bind(datagrams, (struct sockaddr *)&free, size));
    tell(datagrams);
    CALL(give_up(datagrams));
    CALL(sendto(datagrams, "x", 1, 0, (struct sockaddr *)&address, size));
    tell(datagrams);
}

int main(void) {
    char byte;
    int server = make(SOCK_NONBLOCK);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CALL(bind(server, (struct sockaddr *)&address, size));
    getsockname(server, (struct sockaddr *)&address, &size);
    CALL(listen(server, 0));

    puts("on its way");
    int first = make(0), second = make(SOCK_NONBLOCK);
    CALL(go(first));
    CALL(go(second));
    CALL(give_up(second));
    int end = accept(server, NULL, NULL);
    TRUE(end >= 0);
    usleep(10000);
    CALL(accept(server, NULL, NULL));
    TRUE(is_connected(second));
    CALL(send(second, "x", 1, MSG_NOSIGNAL));
    CALL(send(second, "x", 1, MSG_NOSIGNAL));
    CALL(go(second));
    CALL(poll(&(struct pollfd){second, POLLOUT, 0}, 1, 5000));
    SHOW(error_of(second));
    close(accept(server, NULL, NULL));

    puts("there");
    CALL(give_up(first));
    TRUE(is_connected(first));
    CALL(read(end, &byte, 1));
    SHOW(error_of(first));
    CALL(read(first, &byte, 1));
    CALL(go(first));
    CALL(give_up(first));
    CALL(close(accept(server, NULL, NULL)));
    CALL(go(first));
    SHOW(error_of(first));
    CALL(close(accept(server, NULL, NULL)));
    close(first);
    close(end);

    puts("nowhere, and over");
    first = make(0);
    CALL(give_up(first));
    SHOW(error_of(first));
    CALL(go(first));
    while ((end = accept(server, NULL, NULL)) >= 0)
        CALL(close(end));
    CALL(read(first, &byte, 1));
    CALL(shutdown(first, SHUT_WR));
    CALL(give_up(first));
    SHOW(error_of(first));
    puts("names");
    names();
    CALL(give_up(server));
    SHOW(error_of(server));
    CALL(accept(server, NULL, NULL));
    return 0;
}
