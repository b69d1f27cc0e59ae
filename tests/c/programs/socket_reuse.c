/* Who may have a port: bind with and without SO_REUSEADDR, while others listen, talk, or have just closed. */
#include "show.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int port;

static int make(int type, int reuse) {
    int fd = socket(AF_INET, type, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    return fd;
}

static int take(int fd, const char *host) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof address;
    inet_pton(AF_INET, host, &address.sin_addr);
    int result = bind(fd, (struct sockaddr *)&address, size);
    if (!port && !result) {
        getsockname(fd, (struct sockaddr *)&address, &size);
        port = ntohs(address.sin_port);
    }
    return result;
}

static int to(const char *host) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void try(const char *what, int reuse, const char *host) {
    int fd = make(SOCK_STREAM, reuse);
    int result = take(fd, host);
    printf("%s, %s, %s: %s\n", what, host, reuse ? "reuse" : "no reuse", result ? strerror(errno) : "done");
    close(fd);
}

static void try_all(const char *what) {
    try(what, 0, "127.0.0.1");
    try(what, 1, "127.0.0.1");
    try(what, 0, "0.0.0.0");
    try(what, 1, "0.0.0.0");
    try(what, 0, "127.0.0.2");
}

int main(void) {
    int one = make(SOCK_STREAM, 1), two = make(SOCK_STREAM, 1), fd, end;
    CALL(take(one, "127.0.0.1"));
    CALL(take(make(SOCK_DGRAM, 0), "127.0.0.1"));
    try_all("bound");
    CALL(take(two, "127.0.0.1"));
    CALL(listen(one, 5));
    CALL(listen(two, 5));
    close(two);
    try_all("listening");
    fd = to("127.0.0.1");
    end = accept(one, NULL, NULL);
    close(one);
    try_all("connected");
    CALL(close(end));
    CALL(close(fd));
    try_all("closed by the server first");

    puts("a port of its own for the client");
    port = 0;
    one = make(SOCK_STREAM, 0);
    CALL(take(one, "0.0.0.0"));
    CALL(listen(one, 1));
    int first = to("127.0.0.1"), second = to("127.5.6.7");
    TRUE(first >= 0 && second >= 0);
    int narrow = make(SOCK_STREAM, 0);
    CALL(take(narrow, "127.5.6.7"));
    close(one), close(first), close(second);

    puts("datagrams");
    port = 0;
    one = make(SOCK_DGRAM, 0), two = make(SOCK_DGRAM, 1);
    CALL(take(one, "127.0.0.1"));
    CALL(take(one, "127.0.0.1"));
    CALL(take(two, "127.0.0.1"));
    CALL(take(two, "0.0.0.0"));
    CALL(take(two, "127.0.0.2"));
    close(one);
    one = make(SOCK_DGRAM, 1);
    CALL(take(one, "0.0.0.0"));
    puts("listening without a name");
    one = make(SOCK_STREAM, 0);
    CALL(listen(one, 0));
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    CALL(getsockname(one, (struct sockaddr *)&address, &size));
    TRUE(address.sin_addr.s_addr == 0 && address.sin_port != 0);
    return 0;
}
