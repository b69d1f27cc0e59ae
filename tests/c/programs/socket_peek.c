/* Flags of receiving: MSG_PEEK, MSG_WAITALL, MSG_TRUNC, MSG_DONTWAIT, SO_RCVLOWAT; and calls that signals interrupt. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>

static int ends[2];

static void make(int family) {
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

static void show_recv(size_t size, int flags) {
    char buffer[64] = "";
    int count = recv(ends[1], buffer, size, flags);
    printf("%d: [%s]\n", count, count < 0 ? strerror(errno) : buffer);
}

/* Send in pieces, with a pause before each. */
static pid_t send_slowly(const char *pieces, int closes) {
    pid_t child = fork();
    if (child == 0) {
        for (; *pieces; pieces += 2)
            pause_for(4), write(ends[0], pieces, 2);
        if (closes)
            shutdown(ends[0], SHUT_WR);
        _exit(0);
    }
    return child;
}

static void on_signal(int signal) {
}

static void try(int family) {
    make(family);
    write(ends[0], "abcdefgh", 8);
    show_recv(3, MSG_PEEK);
    show_recv(5, MSG_PEEK | MSG_DONTWAIT);
    show_recv(3, 0);
    show_recv(60, MSG_PEEK);
    show_recv(2, MSG_WAITALL);
    show_recv(60, MSG_DONTWAIT);
    show_recv(60, MSG_DONTWAIT);
    show_recv(60, MSG_DONTWAIT | MSG_PEEK);
    write(ends[0], "12", 2);
    show_recv(0, 0);
    show_recv(60, MSG_WAITALL | MSG_DONTWAIT);
    puts("all of it");
    pid_t child = send_slowly("123456", 0);
    show_recv(6, MSG_WAITALL);
    show_end("sender", child);
    child = send_slowly("abcdef", 0);
    show_recv(6, MSG_WAITALL | MSG_PEEK);
    show_recv(6, 0);
    show_end("sender", child);
    int least = 5;
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least));
    child = send_slowly("ghijkl", 0);
    show_recv(60, 0);
    show_end("sender", child);
    least = 1;
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least));
    puts("interrupted");
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = {.it_value = {0, 10000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    show_recv(5, 0);
    write(ends[0], "some", 4);
    setitimer(ITIMER_REAL, &soon, NULL);
    show_recv(10, MSG_WAITALL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    struct timeval patience = {5, 0};
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    setitimer(ITIMER_REAL, &soon, NULL);
    show_recv(5, 0);
    patience.tv_sec = 0;
    patience.tv_usec = 10000;
    CALL(setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    write(ends[0], "part", 4);
    show_recv(10, MSG_WAITALL);
    show_recv(10, MSG_WAITALL);
    puts("the end");
    child = send_slowly("last", 1);
    show_end("sender", child);
    show_recv(20, MSG_PEEK | MSG_WAITALL);
    show_recv(20, MSG_WAITALL);
    show_recv(20, MSG_WAITALL);
    show_recv(20, MSG_PEEK);
    close(ends[0]), close(ends[1]);
}

int main(void) {
    puts("--- unix");
    try(AF_UNIX);
    puts("--- inet");
    try(AF_INET);
    write(ends[0], "x", 1);
    make(AF_INET);
    write(ends[0], "thrown away", 11);
    char buffer[12] = "untouched";
    CALL(recv(ends[1], buffer, 7, MSG_TRUNC));
    puts(buffer);
    show_recv(20, 0);
    CALL(recv(ends[1], buffer, 1, MSG_ERRQUEUE));
    return 0;
}
