/* Options of sockets: those that change something, those that only tell, and what is refused. */
#include "show.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

static void tell(const char *what, int fd, int level, int option) {
    int value = -7;
    socklen_t size = sizeof value;
    if (getsockopt(fd, level, option, &value, &size))
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %d, %d bytes\n", what, value, (int)size);
}

static void set(const char *what, int fd, int level, int option, int value) {
    if (setsockopt(fd, level, option, &value, sizeof value))
        printf("set %s to %d: %s\n", what, value, strerror(errno));
    else
        tell(what, fd, level, option);
}

#define TELL(fd, option) tell(#option, fd, SOL_SOCKET, option)
#define SET(fd, option, value) set(#option, fd, SOL_SOCKET, option, value)

static void each(int family, int type) {
    int fd = socket(family, type, 0);
    printf("--- %s, %d\n", family == AF_UNIX ? "unix" : "inet", type);
    TELL(fd, SO_TYPE);
    TELL(fd, SO_DOMAIN);
    TELL(fd, SO_PROTOCOL);
    TELL(fd, SO_ERROR);
    TELL(fd, SO_ACCEPTCONN);
    SET(fd, SO_REUSEADDR, 5);
    SET(fd, SO_REUSEADDR, 0);
    SET(fd, SO_KEEPALIVE, 1);
    SET(fd, SO_BROADCAST, 1);
    SET(fd, SO_DONTROUTE, 1);
    SET(fd, SO_OOBINLINE, 1);
    SET(fd, SO_PRIORITY, 3);
    SET(fd, SO_PRIORITY, 7);
    SET(fd, SO_RCVLOWAT, 5);
    SET(fd, SO_RCVLOWAT, 0);
    SET(fd, SO_SNDLOWAT, 5);
    TELL(fd, SO_SNDLOWAT);
    SET(fd, SO_SNDBUF, 10000);
    SET(fd, SO_SNDBUF, 1);
    SET(fd, SO_RCVBUF, 10000);
    SET(fd, SO_RCVBUF, 1);
    SET(fd, SO_SNDBUFFORCE, 10000);
    SET(fd, SO_RCVBUFFORCE, 10000);
    SET(fd, SO_TYPE, 1);
    SET(fd, SO_ERROR, 1);
    SET(fd, SO_ACCEPTCONN, 1);
    SET(fd, SO_REUSEPORT, 1);
    SET(fd, SO_PASSCRED, 1);
    SET(fd, SO_DEBUG, 0);
    set("TCP_NODELAY", fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set("an unknown level", fd, 99, 1, 1);
    set("an unknown option", fd, SOL_SOCKET, 999, 1);
    tell("an unknown option", fd, SOL_SOCKET, 999);

    struct linger linger = {1, 5};
    socklen_t size = sizeof linger;
    CALL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    memset(&linger, 0, sizeof linger);
    CALL(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
    printf("linger: %d, %d, %d bytes\n", linger.l_onoff, linger.l_linger, (int)size);
    CALL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));

    struct timeval time = {3, 200000};
    CALL(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    time = (struct timeval){0, 0};
    size = sizeof time;
    CALL(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &size));
    printf("time: %d, %d\n", (int)time.tv_sec, (int)time.tv_usec);
    CALL(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &size));
    printf("time: %d, %d\n", (int)time.tv_sec, (int)time.tv_usec);
    time.tv_usec = 1000000;
    CALL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
    CALL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, 3));

    char byte = 77;
    size = 1;
    CALL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &byte, &size));
    SHOW(byte);
    SHOW(size);
    size = 100;
    int value = -1;
    CALL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size));
    SHOW(size);
    size = -1;
    CALL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size));
    CALL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 3));
    CALL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, -1));
    CALL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
    close(fd);
}

int main(void) {
    int ends[2];
    each(AF_UNIX, SOCK_STREAM);
    each(AF_UNIX, SOCK_DGRAM);
    each(AF_INET, SOCK_STREAM);
    each(AF_INET, SOCK_DGRAM);
    puts("--- what they do");
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    tell("TCP_NODELAY", server, IPPROTO_TCP, TCP_NODELAY);
    tell("TCP_KEEPIDLE", server, IPPROTO_TCP, TCP_KEEPIDLE);
    tell("TCP_KEEPINTVL", server, IPPROTO_TCP, TCP_KEEPINTVL);
    tell("TCP_KEEPCNT", server, IPPROTO_TCP, TCP_KEEPCNT);
    tell("IP_TTL", server, IPPROTO_IP, IP_TTL);
    set("IP_TOS", server, IPPROTO_IP, IP_TOS, 16);
    CALL(bind(server, (struct sockaddr *)&address, sizeof address));
    CALL(listen(server, 3));
    TELL(server, SO_ACCEPTCONN);
    struct timeval time = {0, 20000};
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    CALL(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    CALL(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
    CALL(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    long long start = milliseconds(CLOCK_MONOTONIC);
    show_read(ends[0], 10);
    CALL(accept(server, NULL, NULL));
    TRUE(milliseconds(CLOCK_MONOTONIC) - start >= 40);
    static char large[1 << 20];
    int sent = write(ends[0], large, sizeof large);
    TRUE(sent > 0 && sent < (int)sizeof large);
    CALL(write(ends[0], large, sizeof large));
    return 0;
}
