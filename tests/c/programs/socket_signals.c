/* Calls of sockets that signals interrupt, and a server that hands its connections to programs as their streams. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static volatile int caught;

static void catch(int signal) {
    caught++;
}

static void set(int signal, int flags) {
    struct sigaction action = {.sa_handler = catch, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}

static void soon(int amount) {
    struct itimerval time = {.it_value = {0, amount * 1000}};
    setitimer(ITIMER_REAL, &time, NULL);
}

static struct sockaddr_in address = {.sin_family = AF_INET};
static socklen_t size = sizeof address;

static int to_server(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&address, size) ? -1 : fd;
}

int main(int count, char **arguments) {
    if (count > 1) { /* what the server executes: standard input and output are the connection */
        char line[64];
        while (fgets(line, sizeof line, stdin))
            printf("%s: %s", arguments[1], line);
        return 3;
    }
    int server = socket(AF_INET, SOCK_STREAM, 0), fd, ends[2], status;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(server, (struct sockaddr *)&address, size);
    getsockname(server, (struct sockaddr *)&address, &size);
    listen(server, 5);
    puts("accept");
    set(SIGALRM, 0);
    soon(5);
    CALL(accept(server, NULL, NULL));
    SHOW(caught);
    set(SIGALRM, SA_RESTART);
    soon(5);
    pid_t child = fork();
    if (child == 0) {
        pause_for(15);
        fd = to_server();
        _exit(read(fd, &count, 1));
    }
    DONE(fd = accept(server, NULL, NULL));
    SHOW(caught);
    close(fd);
    show_end("client", child);
    struct timeval patience = {5, 0};
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    soon(5);
    CALL(accept(server, NULL, NULL));
    patience.tv_sec = 0;
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    puts("a write that is interrupted in its middle");
    static char block[1 << 20];
    set(SIGALRM, SA_RESTART);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    soon(5);
    int sent = write(ends[0], block, sizeof block);
    TRUE(sent > 0 && sent < (int)sizeof block);
    set(SIGALRM, 0);
    soon(5);
    CALL(write(ends[0], block, sizeof block));
    close(ends[1]);
    set(SIGPIPE, 0);
    caught = 0;
    CALL(write(ends[0], block, 1));
    SHOW(caught);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        pause_for(10);
        _exit(0);
    }
    close(ends[1]);
    sent = write(ends[0], block, sizeof block);
    TRUE(sent > 0 && sent < (int)sizeof block);
    SHOW(caught);
    show_end("reader", child);

    puts("children of a server");
    set(SIGCHLD, 0);
    child = fork();
    if (child == 0) {
        for (int i = 0; i < 2; i++) {
            char text[64] = "";
            int done = 0, got;
            fd = to_server();
            write(fd, i ? "three\nfour\n" : "one\ntwo\n", i ? 11 : 8);
            shutdown(fd, SHUT_WR);
            while ((got = read(fd, text + done, sizeof text - done)) > 0)
                done += got;
            close(fd);
            printf("%s", text);
        }
        _exit(0);
    }
    int served = 0;
    while (served < 2) {
        fd = accept(server, NULL, NULL);
        if (fd < 0)
            continue; /* EINTR */
        if (fork() == 0) {
            dup2(fd, STDIN_FILENO);
            dup2(fd, STDOUT_FILENO);
            close(fd);
            close(server);
            execl("/proc/self/exe", "prog", served ? "second" : "first", NULL);
            _exit(99);
        }
        served++;
        close(fd);
    }
    int ended = 0, threes = 0;
    while (ended < 3) {
        pid_t pid = wait(&status);
        if (pid > 0)
            ended++, threes += WEXITSTATUS(status) == 3;
    }
    SHOW(threes);
    return 0;
}
