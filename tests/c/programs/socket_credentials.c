/* Who is at the other end: SO_PEERCRED, SO_PASSCRED and credentials that are given with a message. */
#include "show.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static pid_t parent, child;

static void show_who(const char *what, const struct ucred *who) {
    printf("%s: %s, %s, %s\n", what,
           who->pid == parent ? "the parent" : who->pid == child ? "the child" : who->pid ? "another" : "nobody",
           who->uid == getuid() ? "own user" : who->uid == 65534 ? "no user" : who->uid == (uid_t)-1 ? "-1" : "other user",
           who->gid == getgid() ? "own group" : who->gid == 65534 ? "no group" : who->gid == (gid_t)-1 ? "-1" : "other group");
}

static void show_peer(int fd) {
    struct ucred who = {77, 77, 77};
    socklen_t size = sizeof who;
    CALL(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size));
    show_who("peer", &who);
}

static void receive(int fd) {
    char control[CMSG_SPACE(sizeof(struct ucred)) + 64], buffer[16] = "";
    struct iovec piece = {buffer, sizeof buffer - 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int count = recvmsg(fd, &message, 0);
    printf("%d: [%s]\n", count, count < 0 ? strerror(errno) : buffer);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header) {
        puts("nothing with it");
        return;
    }
    struct ucred who;
    memcpy(&who, CMSG_DATA(header), sizeof who);
    SHOW(header->cmsg_len - CMSG_LEN(0) == sizeof who && header->cmsg_type == SCM_CREDENTIALS);
    show_who("sender", &who);
    TRUE(CMSG_NXTHDR(&message, header) == NULL);
}

static int send_as(int fd, pid_t pid, uid_t uid, gid_t gid, size_t size) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control = {0};
    struct ucred who = {pid, uid, gid};
    struct iovec piece = {"given", 5};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_CREDENTIALS;
    control.header.cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(&control.header), &who, sizeof who);
    return sendmsg(fd, &message, 0);
}

int main(void) {
    int ends[2], on = 1, go[2];
    parent = getpid();
    puts("a pair");
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    show_peer(ends[0]);
    CALL(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    CALL(pipe(go));
    child = fork();
    if (child == 0) {
        write(ends[1], "child", 5);
        write(go[1], "x", 1);
        _exit(0);
    }
    char byte;
    read(go[0], &byte, 1);
    CALL(write(ends[1], "parent", 6));
    receive(ends[0]);
    receive(ends[0]);
    show_end("child", child);
    CALL(write(ends[1], "read", 4));
    show_read(ends[0], 16);
    CALL(write(ends[0], "back", 4));
    receive(ends[1]);

    puts("given");
    CALL(send_as(ends[1], getpid(), getuid(), getgid(), sizeof(struct ucred)));
    receive(ends[0]);
    CALL(send_as(ends[1], 1, getuid(), getgid(), sizeof(struct ucred)));
    CALL(send_as(ends[1], getpid(), getuid() + 1, getgid(), sizeof(struct ucred)));
    CALL(send_as(ends[1], getpid(), getuid(), getgid() + 1, sizeof(struct ucred)));
    CALL(send_as(ends[1], getpid(), getuid(), getgid(), 8));

    puts("datagrams that were sent before anybody asked");
    CALL(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
    CALL(write(ends[1], "early", 5));
    CALL(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    CALL(write(ends[1], "late", 4));
    receive(ends[0]);
    receive(ends[0]);

    puts("a connection");
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "door"}, from;
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    show_peer(server);
    CALL(bind(server, (struct sockaddr *)&address, sizeof address));
    CALL(listen(server, 5));
    show_peer(server);
    child = fork();
    if (child == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
        if (connect(fd, (struct sockaddr *)&address, sizeof address))
            _exit(9);
        read(fd, &byte, 1);
        _exit(0);
    }
    socklen_t size = sizeof from;
    int fd = accept(server, (struct sockaddr *)&from, &size);
    SHOW(size == offsetof(struct sockaddr_un, sun_path) + 6);
    show_peer(fd);
    close(fd);
    show_end("child", child);
    int inet = socket(AF_INET, SOCK_STREAM, 0);
    show_peer(inet);
    return 0;
}
