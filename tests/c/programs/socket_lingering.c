/* A port after its connections: whether it stays taken for a while, by who closed them first and whether they were reset. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in address;
static struct sockaddr *const name = (struct sockaddr *)&address;
static int client, server;

/* A listener at a port that it chose itself, and a connection to it. */
static int listener(void) {
    socklen_t size = sizeof address;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bind(fd, name, size);
    getsockname(fd, name, &size);
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CALL(bind(fd, name, size));
    CALL(listen(fd, 5));
    client = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(client, name, size));
    return fd;
}

static void connection(void) {
    int fd = listener();
    server = accept(fd, NULL, NULL);
    close(fd);
}

static void show(const char *when) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    usleep(20000);
    printf("%s: %s\n", when, bind(fd, name, sizeof address) ? strerror(errno) : "free");
    close(fd);
}

int main(void) {
    char byte;
    close(listener());
    show("never accepted");
    CALL(read(client, &byte, 1));
    close(client);

    int fd = listener();
    close(client), close(fd);
    show("never accepted, and closed by the client first");

    connection();
    write(server, "abc", 3);
    close(server);
    show("closed by the server");
    close(client);
    show("reset by a client that has not read all");

    connection();
    close(server);
    show("closed by the server");
    CALL(write(client, "x", 1));
    show("reset since the client has written");
    close(client);

    connection();
    shutdown(server, SHUT_WR);
    write(client, "x", 1);
    CALL(setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)));
    close(client), close(server);
    show("shut down by the server, reset by the client");

    connection();
    close(client), close(server);
    show("closed by the client first");

    connection();
    CALL(setsockopt(server, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)));
    close(server), close(client);
    show("reset by the server");

    connection();
    shutdown(server, SHUT_WR);
    shutdown(client, SHUT_WR);
    close(client), close(server);
    show("shut down by both");
    return 0;
}
