/* Urgent data of TCP: a byte that is read out of turn, the mark where it was, and who else has none. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>

static int ends[2];

static void make(void) {
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

static void show_recv(size_t size, int flags) {
    char buffer[64] = "";
    int count = recv(ends[1], buffer, size, flags | MSG_DONTWAIT);
    printf("%d: [%s]\n", count, count < 0 ? strerror(errno) : buffer);
}

static void show_state(void) {
    struct pollfd asked = {ends[1], POLLIN | POLLPRI, 0};
    int left = -1;
    poll(&asked, 1, 0);
    ioctl(ends[1], FIONREAD, &left);
    printf("%d to read,%s%s%s\n", left, asked.revents & POLLIN ? " in" : "", asked.revents & POLLPRI ? " urgent" : "",
           sockatmark(ends[1]) ? " at the mark" : "");
}

int main(void) {
    make();
    show_state();
    show_recv(1, MSG_OOB);
    CALL(send(ends[0], "abcX", 4, MSG_OOB));
    CALL(send(ends[0], "def", 3, 0));
    show_state();
    show_recv(2, 0);
    show_recv(1, MSG_OOB | MSG_PEEK);
    show_recv(60, MSG_PEEK);
    show_recv(60, 0);
    show_state();
    show_recv(1, MSG_OOB);
    show_recv(1, MSG_OOB);
    show_state();
    show_recv(60, MSG_PEEK);
    show_recv(60, 0);
    show_state();

    puts("passed unread");
    CALL(send(ends[0], "12Y", 3, MSG_OOB));
    show_recv(60, 0);
    CALL(send(ends[0], "34", 2, 0));
    show_recv(60, 0);
    show_recv(1, MSG_OOB);
    puts("one after the other");
    CALL(send(ends[0], "5A", 2, MSG_OOB));
    CALL(send(ends[0], "6B", 2, MSG_OOB));
    show_state();
    show_recv(60, 0);
    show_recv(4, MSG_OOB);
    CALL(send(ends[0], "7", 1, 0));
    show_recv(60, 0);
    puts("in line");
    int on = 1;
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
    CALL(send(ends[0], "89C", 3, MSG_OOB));
    CALL(send(ends[0], "0", 1, 0));
    show_state();
    show_recv(60, 0);
    show_state();
    show_recv(1, MSG_OOB);
    show_recv(60, 0);
    show_state();
    puts("select");
    on = 0;
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
    CALL(send(ends[0], "xZ", 2, MSG_OOB));
    fd_set other;
    FD_ZERO(&other);
    FD_SET(ends[1], &other);
    struct timeval now = {0, 0};
    CALL(select(ends[1] + 1, NULL, NULL, &other, &now));
    close(ends[0]);
    show_recv(60, 0);
    show_recv(1, MSG_OOB);
    show_recv(60, 0);
    show_recv(1, MSG_OOB);
    CALL(sockatmark(STDOUT_FILENO));
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    CALL(sockatmark(datagrams));
    CALL(recv(datagrams, &on, 1, MSG_OOB | MSG_DONTWAIT));
    return 0;
}
