/* SOCK_SEQPACKET: connections that keep the bounds of messages; sendmsg, recvmsg and several messages at once. */
#include "show.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static void receive(int fd, size_t room, int flags) {
    char first[4] = "", second[64] = "";
    struct iovec pieces[2] = {{first, 3}, {second, room}};
    struct sockaddr_un from;
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = pieces, .msg_iovlen = 2};
    int count = recvmsg(fd, &message, flags);
    if (count < 0)
        printf("recvmsg: %s\n", strerror(errno));
    else
        printf("%d: [%s] [%s], flags %x, name of %d\n", count, first, second, message.msg_flags, (int)message.msg_namelen);
}

int main(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, "\0forklore.sequence", 18);
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + 18;
    int server = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), client = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CALL(send(client, "x", 1, 0));
    receive(client, 4, 0);
    CALL(bind(server, (struct sockaddr *)&address, size));
    CALL(connect(client, (struct sockaddr *)&address, size));
    CALL(listen(server, 1));
    CALL(connect(client, (struct sockaddr *)&address, size));
    CALL(send(client, "before the accept", 17, 0));
    int fd = accept(server, NULL, NULL);
    receive(fd, 60, 0);
    struct iovec pieces[3] = {{"one", 3}, {"", 0}, {" message", 8}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
    CALL(sendmsg(client, &message, MSG_EOR));
    CALL(send(client, "", 0, 0));
    CALL(send(client, "another", 7, 0));
    CALL(sendto(client, "named", 5, 0, (struct sockaddr *)&address, size));
    receive(fd, 4, MSG_PEEK);
    receive(fd, 4, MSG_TRUNC);
    receive(fd, 60, 0);
    receive(fd, 60, MSG_WAITALL);
    receive(fd, 60, 0);
    receive(fd, 60, MSG_DONTWAIT);

    puts("several");
    struct mmsghdr several[4];
    char texts[4][8];
    struct iovec each[4];
    memset(several, 0, sizeof several);
    for (int i = 0; i < 4; i++) {
        snprintf(texts[i], 8, "text %d", i);
        each[i] = (struct iovec){texts[i], 6};
        several[i].msg_hdr.msg_iov = each + i;
        several[i].msg_hdr.msg_iovlen = 1;
    }
    CALL(sendmmsg(client, several, 4, 0));
    SHOW(several[3].msg_len);
    memset(texts, 0, sizeof texts);
    for (int i = 0; i < 4; i++)
        each[i].iov_len = i + 1;
    CALL(recvmmsg(fd, several, 3, 0, NULL));
    for (int i = 0; i < 3; i++)
        printf("[%s] %d, %x\n", texts[i], several[i].msg_len, several[i].msg_hdr.msg_flags);
    struct timespec time = {1, 0};
    CALL(recvmmsg(fd, several, 4, MSG_WAITFORONE, &time));
    TRUE(time.tv_sec == 0 || time.tv_nsec == 0);
    CALL(recvmmsg(fd, several, 4, MSG_DONTWAIT, NULL));
    CALL(recvmmsg(fd, several, 0, 0, NULL));
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 4; i++)
            send(client, "slow", 4, 0), pause_for(3);
        _exit(0);
    }
    CALL(recvmmsg(fd, several, 4, 0, NULL));
    show_end("child", child);
    message.msg_iovlen = 1025;
    CALL(sendmsg(client, &message, 0));
    CALL(syscall(SYS_sendmsg, client, NULL, 0));
    CALL(syscall(SYS_recvmsg, client, NULL, 0));

    puts("ends");
    CALL(send(client, "last", 4, 0));
    CALL(shutdown(client, SHUT_WR));
    CALL(send(client, "x", 1, 0));
    receive(fd, 60, 0);
    receive(fd, 60, 0);
    CALL(send(fd, "answer", 6, 0));
    close(fd);
    receive(client, 60, 0);
    receive(client, 60, 0);
    CALL(send(client, "x", 1, 0));
    client = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CALL(connect(client, (struct sockaddr *)&address, size));
    close(server);
    receive(client, 60, 0);
    receive(client, 60, 0);
    CALL(send(client, "x", 1, 0));
    CALL(connect(client, (struct sockaddr *)&address, size));
    return 0;
}
