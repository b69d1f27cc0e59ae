/* poll and select on sockets: what is ready in each state, and waiting for it. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static void show_poll(const char *what, int fd) {
    static const struct {
        int bit;
        const char *name;
    } names[] = {{POLLIN, "in"}, {POLLPRI, "pri"}, {POLLOUT, "out"}, {POLLRDNORM, "rdnorm"}, {POLLWRNORM, "wrnorm"},
                 {POLLWRBAND, "wrband"}, {0x2000, "rdhup"}, {POLLHUP, "hup"}, {POLLERR, "err"}, {POLLNVAL, "nval"}};
    struct pollfd asked = {fd, -1, 0};
    printf("%s: %d", what, poll(&asked, 1, 0));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (asked.revents & names[i].bit)
            printf(" %s", names[i].name);
    puts("");
}

static void show_select(int fd, long timeout) {
    fd_set in, out, other;
    struct timeval time = {0, timeout * 1000};
    FD_ZERO(&in);
    FD_SET(fd, &in);
    out = other = in;
    int found = select(fd + 1, &in, timeout < 0 ? NULL : &out, &other, timeout < 0 ? NULL : &time);
    printf("select: %d, in %d, out %d, except %d\n", found, !!FD_ISSET(fd, &in), !!FD_ISSET(fd, &out), !!FD_ISSET(fd, &other));
}

int main(void) {
    static const struct {
        const char *name;
        int family, type;
    } kinds[] = {{"unix stream", AF_UNIX, SOCK_STREAM}, {"unix datagram", AF_UNIX, SOCK_DGRAM},
                 {"unix sequence", AF_UNIX, SOCK_SEQPACKET}, {"inet stream", AF_INET, SOCK_STREAM},
                 {"inet datagram", AF_INET, SOCK_DGRAM}};
    int ends[2];
    for (int i = 0; i < 5; i++) {
        int fd = socket(kinds[i].family, kinds[i].type, 0);
        show_poll(kinds[i].name, fd);
        show_select(fd, 0);
        if (kinds[i].family == AF_UNIX) {
            socketpair(AF_UNIX, kinds[i].type, 0, ends);
            show_poll("pair", ends[0]);
            write(ends[1], "x", 1);
            show_poll("with something to read", ends[0]);
            shutdown(ends[0], SHUT_WR);
            show_poll("shut for writing", ends[0]);
            show_poll("its partner", ends[1]);
            shutdown(ends[0], SHUT_RD);
            show_poll("shut for both", ends[0]);
            show_poll("its partner", ends[1]);
            close(ends[1]);
            show_poll("without a partner", ends[0]);
            show_select(ends[0], 0);
            close(ends[0]);
        }
        close(fd);
    }
    puts("waiting");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0), quiet = socket(AF_INET, SOCK_DGRAM, 0), fd;
    bind(server, (struct sockaddr *)&address, size);
    getsockname(server, (struct sockaddr *)&address, &size);
    listen(server, 3);
    show_poll("server", server);
    show_select(server, 0);
    pid_t child = fork();
    if (child == 0) {
        close(server);
        fd = socket(AF_INET, SOCK_STREAM, 0);
        pause_for(5);
        if (connect(fd, (struct sockaddr *)&address, size))
            _exit(1);
        pause_for(5);
        write(fd, "late", 4);
        pause_for(5);
        shutdown(fd, SHUT_WR);
        char byte;
        _exit(read(fd, &byte, 1) != 0);
    }
    struct pollfd asked[3] = {{quiet, POLLIN, 0}, {server, POLLIN, 0}, {-1, POLLIN, 0}};
    CALL(poll(asked, 3, 2000));
    SHOW(asked[1].revents);
    fd = accept(server, NULL, NULL);
    show_poll("accepted", fd);
    asked[2] = (struct pollfd){fd, POLLIN, 0};
    CALL(poll(asked, 3, -1));
    SHOW(asked[2].revents);
    show_read(fd, 10);
    show_select(fd, -1);
    show_read(fd, 10);
    show_poll("at the end", fd);
    close(fd);
    show_end("child", child);
    CALL(poll(asked, 1, 5));
    puts("room");
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    static char block[65536];
    while (send(ends[0], block, sizeof block, MSG_DONTWAIT) > 0)
        ;
    show_poll("full", ends[0]);
    child = fork();
    if (child == 0) {
        pause_for(5);
        while (recv(ends[1], block, sizeof block, MSG_DONTWAIT) > 0)
            ;
        _exit(0);
    }
    asked[0] = (struct pollfd){ends[0], POLLOUT, 0};
    CALL(poll(asked, 1, -1));
    SHOW(asked[0].revents);
    show_end("child", child);
    return 0;
}
