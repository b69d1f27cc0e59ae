/* UDP over the loopback: who gets a datagram, what it says of its sender, partners, and a port where nobody is. */
#include "show.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in at(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
}

static struct sockaddr_in own(int fd) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &size);
    return address;
}

static void show_from(int fd, size_t size, int flags, int expected) {
    char buffer[64] = "";
    struct sockaddr_in from = {0};
    socklen_t length = sizeof from;
    ssize_t count = recvfrom(fd, buffer, size, flags, (struct sockaddr *)&from, &length);
    if (count < 0)
        printf("recvfrom: %s\n", strerror(errno));
    else
        printf("recvfrom %d: [%s] from %s, %s port\n", (int)count, buffer, inet_ntoa(from.sin_addr),
               from.sin_port == own(expected).sin_port ? "its" : "another");
}

#define TO(address) (struct sockaddr *)&address, sizeof address

int main(void) {
    int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP);
    struct sockaddr_in any = at("127.0.0.1", 0), nobody = at("127.0.0.1", 9), where;
    show_from(two, 10, 0, one);
    CALL(bind(two, TO(any)));
    where = own(two);
    TRUE(ntohs(where.sin_port) > 1023);
    CALL(send(one, "x", 1, 0));
    CALL(sendto(one, "one", 3, 0, TO(where)));
    CALL(sendto(one, "", 0, 0, TO(where)));
    CALL(sendto(one, "three", 5, 0, TO(where)));
    TRUE(own(one).sin_port != 0 && own(one).sin_addr.s_addr == 0);
    show_from(two, 2, MSG_PEEK | MSG_TRUNC, one);
    int left = -1;
    CALL(ioctl(two, FIONREAD, &left));
    SHOW(left);
    show_from(two, 2, MSG_TRUNC, one);
    show_from(two, 60, 0, one);
    show_from(two, 60, 0, one);
    show_from(two, 60, 0, one);

    puts("partners");
    CALL(connect(one, TO(where)));
    TRUE(own(one).sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in back = own(one);
    CALL(sendto(stranger, "stranger", 8, 0, TO(back)));
    CALL(sendto(two, "friend", 6, 0, TO(back)));
    show_from(one, 60, 0, two);
    CALL(write(one, "written", 7));
    CALL(write(one, "", 0));
    show_from(two, 60, 0, one);
    show_read(two, 60);
    CALL(sendto(one, "elsewhere", 9, 0, TO(nobody)));
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    CALL(connect(one, &nowhere, sizeof nowhere));
    CALL(write(one, "x", 1));
    socklen_t size = sizeof any;
    CALL(getpeername(one, (struct sockaddr *)&any, &size));

    puts("nobody there");
    CALL(sendto(one, "x", 1, 0, TO(nobody)));
    show_from(one, 60, MSG_DONTWAIT, one);
    CALL(connect(one, TO(nobody)));
    CALL(write(one, "x", 1));
    show_read(one, 10);
    CALL(write(one, "x", 1));
    CALL(write(one, "x", 1));
    CALL(recv(one, &left, 1, MSG_DONTWAIT));

    puts("who gets it");
    int first = socket(AF_INET, SOCK_DGRAM, 0), narrow = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    CALL(setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    CALL(setsockopt(narrow, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    struct sockaddr_in everywhere = at("0.0.0.0", 0), here = at("127.0.0.5", 0), there;
    CALL(bind(first, TO(everywhere)));
    here.sin_port = there.sin_port = own(first).sin_port;
    there = at("127.1.2.3", ntohs(here.sin_port));
    CALL(bind(narrow, TO(here)));
    CALL(bind(stranger, TO(here)));
    CALL(sendto(two, "narrow", 6, 0, TO(here)));
    CALL(sendto(two, "wide", 4, 0, TO(there)));
    show_from(narrow, 60, MSG_DONTWAIT, two);
    show_from(first, 60, MSG_DONTWAIT, two);
    show_from(first, 60, MSG_DONTWAIT, two);

    puts("errors");
    static char large[66000];
    CALL(sendto(one, large, 65508, 0, TO(where)));
    CALL(sendto(one, large, 65507, 0, TO(where)));
    CALL(recv(two, large, sizeof large, 0));
    there.sin_port = 0;
    CALL(sendto(two, "x", 1, 0, TO(there)));
    there.sin_family = AF_UNIX;
    CALL(sendto(two, "x", 1, 0, TO(there)));
    CALL(sendto(two, "x", 1, 0, (struct sockaddr *)&there, 7));
    CALL(sendto(two, "x", 1, MSG_OOB, TO(where)));
    CALL(listen(two, 1));
    CALL(accept(two, NULL, NULL));
    CALL(shutdown(two, SHUT_RD));
    CALL(connect(two, TO(where)));
    CALL(shutdown(two, SHUT_WR));
    CALL(write(two, "x", 1));
    return 0;
}
