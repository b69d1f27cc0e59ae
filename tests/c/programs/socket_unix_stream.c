/* AF_UNIX streams by name: a server and its clients in processes of their own, and every error on the way there. */
#include "show.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t named(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

static int client(int number) {
    struct sockaddr_un address;
    socklen_t size = named(&address, "door");
    char buffer[64];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, size))
        return 90;
    snprintf(buffer, sizeof buffer, "client %d", number);
    write(fd, buffer, strlen(buffer));
    shutdown(fd, SHUT_WR);
    int count = read(fd, buffer, sizeof buffer);
    return count == 2 && !memcmp(buffer, "ok", 2) ? number : 91;
}

static void show_name(const char *what, int (*ask)(int, struct sockaddr *, socklen_t *), int fd) {
    struct sockaddr_un address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    int result = ask(fd, (struct sockaddr *)&address, &size);
    if (result)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: family %d, %d bytes, [%s]\n", what, address.sun_family, (int)size, address.sun_path);
}

int main(void) {
    struct sockaddr_un address, from;
    struct stat status;
    socklen_t size = named(&address, "door"), length = sizeof from;
    int server = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0), fd;
    puts("before there is a server");
    CALL(connect(other, (struct sockaddr *)&address, size));
    CALL(listen(server, 5));
    CALL(accept(server, NULL, NULL));
    show_read(server, 5);
    CALL(bind(server, (struct sockaddr *)&address, size));
    CALL(connect(other, (struct sockaddr *)&address, size));
    CALL(bind(server, (struct sockaddr *)&address, size));
    CALL(bind(other, (struct sockaddr *)&address, size));
    CALL(stat("door", &status));
    TRUE(S_ISSOCK(status.st_mode));
    SHOW(status.st_mode & 07777);
    CALL(open("door", O_RDWR));
    show_name("server", getsockname, server);
    show_name("no peer", getpeername, server);
    show_name("no name", getsockname, other);
    CALL(listen(server, 5));

    puts("clients");
    pid_t children[3];
    for (int i = 0; i < 3; i++)
        if ((children[i] = fork()) == 0)
            _exit(client(i + 1));
    int seen = 0;
    for (int i = 0; i < 3; i++) {
        char buffer[64] = "";
        fd = accept(server, (struct sockaddr *)&from, &length);
        for (int count = 0, done = 0; (count = read(fd, buffer + done, sizeof buffer - done)) > 0;)
            done += count;
        if (strncmp(buffer, "client ", 7) == 0)
            seen += 1 << (buffer[7] - '0');
        if (i == 0) {
            SHOW(length);
            show_name("accepted", getsockname, fd);
            show_name("from", getpeername, fd);
        }
        write(fd, "ok", 2);
        close(fd);
    }
    SHOW(seen);
    for (int i = 0; i < 3; i++)
        show_end("client", children[i]);

    puts("errors");
    CALL(connect(other, (struct sockaddr *)&address, size));
    CALL(connect(other, (struct sockaddr *)&address, size));
    CALL(bind(other, (struct sockaddr *)&address, 2) && 0);
    CALL(listen(other, 1));
    fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(connect(fd, (struct sockaddr *)&address, size));
    CALL(listen(fd, 1));
    CALL(accept(fd, NULL, NULL));
    close(fd);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(bind(fd, (struct sockaddr *)&address, 1));
    CALL(bind(fd, (struct sockaddr *)&address, 200));
    address.sun_family = AF_INET;
    CALL(bind(fd, (struct sockaddr *)&address, size));
    CALL(connect(fd, (struct sockaddr *)&address, size));
    size = named(&address, "no/door");
    CALL(bind(fd, (struct sockaddr *)&address, size));
    CALL(connect(fd, (struct sockaddr *)&address, size));
    put_file("file", "", 0644);
    size = named(&address, "file");
    CALL(bind(fd, (struct sockaddr *)&address, size));
    CALL(connect(fd, (struct sockaddr *)&address, size));
    size = named(&address, "file/door");
    CALL(bind(fd, (struct sockaddr *)&address, size));
    CALL(connect(fd, (struct sockaddr *)&address, size));
    size = named(&address, "door");
    CALL(chmod("door", 0));
    CALL(connect(fd, (struct sockaddr *)&address, size));
    CALL(chmod("door", 0200));
    CALL(connect(fd, (struct sockaddr *)&address, size));
    CALL(unlink("door"));
    close(server);
    show_read(fd, 4);
    show_read(fd, 4);
    show_name("peer that is gone", getpeername, fd);
    umask(027);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(bind(fd, (struct sockaddr *)&address, size));
    CALL(stat("door", &status));
    SHOW(status.st_mode & 07777);
    CALL(bind(STDOUT_FILENO, (struct sockaddr *)&address, size));
    CALL(listen(77, 1));
    return 0;
}
