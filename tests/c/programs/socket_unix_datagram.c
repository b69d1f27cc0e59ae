/* AF_UNIX datagrams: bounds, names and senders, a partner, a queue that is full, and what is told of one that is gone. */
#include "show.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BASE offsetof(struct sockaddr_un, sun_path)
static struct sockaddr_un here, there, abstract;

static void show_from(int fd, size_t size, int flags) {
    char buffer[64] = "";
    struct sockaddr_un from;
    socklen_t length = sizeof from;
    memset(&from, 0, sizeof from);
    ssize_t count = recvfrom(fd, buffer, size, flags, (struct sockaddr *)&from, &length);
    if (count < 0)
        printf("recvfrom: %s\n", strerror(errno));
    else
        printf("recvfrom %d: [%s] from %d bytes [%s%s]\n", (int)count, buffer, (int)length,
               from.sun_path[0] ? "" : length > BASE ? "@" : "", from.sun_path + (!from.sun_path[0] && length > BASE));
}

int main(void) {
    here.sun_family = there.sun_family = abstract.sun_family = AF_UNIX;
    strcpy(here.sun_path, "here");
    strcpy(there.sun_path, "there");
    memcpy(abstract.sun_path, "\0forklore.test", 14);
    socklen_t abstract_size = BASE + 14;
    int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), pair[2];
    struct sockaddr *to_here = (struct sockaddr *)&here, *to_there = (struct sockaddr *)&there;
    CALL(bind(one, to_here, sizeof here));
    CALL(bind(two, to_there, BASE + 6));
    CALL(sendto(one, "first", 5, 0, to_there, sizeof there));
    CALL(sendto(one, "", 0, 0, to_there, sizeof there));
    CALL(sendto(one, "second message", 14, 0, to_there, sizeof there));
    CALL(sendto(two, "to myself", 9, 0, to_there, sizeof there));
    show_from(two, 3, MSG_PEEK);
    show_from(two, 3, MSG_PEEK | MSG_TRUNC);
    show_from(two, 63, 0);
    show_from(two, 63, 0);
    show_from(two, 6, 0);
    show_from(two, 4, MSG_TRUNC);
    show_from(two, 63, 0);
    int left = -1;
    CALL(sendto(one, "123", 3, 0, to_there, sizeof there));
    CALL(sendto(one, "4567", 4, 0, to_there, sizeof there));
    CALL(ioctl(two, FIONREAD, &left));
    SHOW(left);
    show_read(two, 2);
    show_read(two, 9);

    puts("a sender without a name, and abstract names");
    int nameless = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(sendto(nameless, "who", 3, 0, to_there, sizeof there));
    show_from(two, 63, 0);
    CALL(bind(nameless, (struct sockaddr *)&abstract, abstract_size));
    CALL(bind(socket(AF_UNIX, SOCK_DGRAM, 0), (struct sockaddr *)&abstract, abstract_size));
    CALL(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&abstract, abstract_size));
    CALL(sendto(nameless, "me", 2, 0, to_there, sizeof there));
    show_from(two, 63, 0);
    CALL(sendto(one, "you", 3, 0, (struct sockaddr *)&abstract, abstract_size));
    show_from(nameless, 63, 0);
    CALL(sendto(one, "you", 3, 0, (struct sockaddr *)&abstract, abstract_size - 1));
    struct sockaddr_un given;
    socklen_t size = sizeof given;
    int any = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(bind(any, (struct sockaddr *)&given, (given.sun_family = AF_UNIX, BASE)));
    CALL(getsockname(any, (struct sockaddr *)&given, &size));
    SHOW(size);
    TRUE(given.sun_path[0] == 0 && strspn(given.sun_path + 1, "0123456789abcdef") == 5);

    puts("partners");
    CALL(send(one, "x", 1, 0));
    CALL(connect(one, to_there, sizeof there));
    CALL(send(one, "to a partner", 12, 0));
    CALL(sendto(one, "as well", 7, 0, (struct sockaddr *)&abstract, abstract_size));
    show_from(two, 63, 0);
    show_from(nameless, 63, MSG_DONTWAIT);
    CALL(sendto(nameless, "stranger", 8, 0, to_here, sizeof here));
    CALL(connect(nameless, to_here, sizeof here));
    CALL(sendto(two, "friend", 6, 0, to_here, sizeof here));
    show_from(one, 63, 0);
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    CALL(connect(one, &nowhere, sizeof nowhere));
    CALL(send(one, "x", 1, 0));

    puts("a queue that is full");
    int count = 0;
    while (send(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0) < 0 && sendto(one, "x", 1, MSG_DONTWAIT, to_there, sizeof there) == 1)
        count++;
    SHOW(count);
    TRUE(errno == EAGAIN);
    pid_t child = fork();
    if (child == 0) {
        pause_for(20);
        char byte;
        while (read(two, &byte, 1) == 1)
            ;
        _exit(0);
    }
    CALL(sendto(one, "late", 4, 0, to_there, sizeof there));
    show_end("reader", child);

    puts("one that is gone");
    CALL(connect(one, to_there, sizeof there));
    close(two);
    CALL(send(one, "x", 1, 0));
    CALL(send(one, "x", 1, 0));
    CALL(sendto(one, "x", 1, 0, to_there, sizeof there));
    CALL(unlink("there"));
    CALL(sendto(one, "x", 1, 0, to_there, sizeof there));
    CALL(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    static char large[300000];
    CALL(send(pair[0], large, sizeof large, 0));
    CALL(send(pair[0], large, 100000, 0));
    CALL(recv(pair[1], large, sizeof large, 0));
    close(pair[1]);
    CALL(send(pair[0], "x", 1, 0));
    CALL(send(pair[0], "x", 1, 0));
    CALL(send(pair[0], "x", 1, MSG_OOB));
    return 0;
}
