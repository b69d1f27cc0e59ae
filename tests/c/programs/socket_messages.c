/* Messages that wait for room: several in one call, with open files, in streams, to a name that goes. */
#include "show.h"
#include <sys/socket.h>
#include <sys/un.h>

#define MESSAGE(vector) {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}}

static char block[65536], text[65536];

static int fill(int fd) {
    int count = 0;
    while (send(fd, block, 4096, MSG_DONTWAIT) > 0)
        count++;
    return count;
}

static void after_a_while(void) { nanosleep(&(struct timespec){0, 50000000}, NULL); }

/* Two messages, the second with a descriptor of a pipe, into a queue without room. */
static void files(int type) {
    int ends[2], pipes[2];
    socketpair(AF_UNIX, type, 0, ends);
    pipe(pipes);
    int count = fill(ends[0]);
    pid_t child = fork();
    if (child == 0) {
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(sizeof(int))];
        } control = {0};
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(&control.header), &pipes[1], sizeof(int));
        struct iovec one = {"one", 3}, two = {"two", 3};
        struct mmsghdr both[2] = {MESSAGE(one), MESSAGE(two)};
        both[1].msg_hdr.msg_control = &control;
        both[1].msg_hdr.msg_controllen = sizeof control.space;
        while (send(ends[0], block, 4096, MSG_DONTWAIT) > 0)
            ;
        CALL(sendmmsg(ends[0], both, 2, 0));
        exit(0);
    }
    after_a_while();
    TRUE(count > 1);
    for (;;) {
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec into = {text, 4096};
        struct msghdr message = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = &control};
        message.msg_controllen = sizeof control;
        int size = recvmsg(ends[1], &message, 0);
        if (size == 3)
            printf("%.3s, %s a descriptor\n", text, message.msg_controllen ? "with" : "without");
        if (size == 3 && text[1] == 'w')
            break;
        after_a_while();
    }
    waitpid(child, NULL, 0);
    close(ends[0]), close(ends[1]), close(pipes[0]), close(pipes[1]);
}

/* Two messages in one call, each longer than there is room for, in a stream. */
static void stream(void) {
    int ends[2];
    static char first[300000], second[300000];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    memset(first, 'a', sizeof first);
    for (unsigned i = 0; i < sizeof second; i++)
        second[i] = 'b' + i / 30000;
    pid_t child = fork();
    if (child == 0) {
        struct iovec one = {first, sizeof first}, two = {second, sizeof second};
        struct mmsghdr both[2] = {MESSAGE(one), MESSAGE(two)};
        CALL(sendmmsg(ends[0], both, 2, 0));
        printf("%u and %u bytes\n", both[0].msg_len, both[1].msg_len);
        exit(0);
    }
    close(ends[0]);
    long letters[12] = {0};
    for (int size; (size = read(ends[1], text, sizeof text)) > 0;)
        for (int i = 0; i < size; i++)
            letters[text[i] - 'a']++;
    for (int i = 0; i < 12; i++)
        printf("%c: %ld\n", 'a' + i, letters[i]);
    waitpid(child, NULL, 0);
    close(ends[1]);
}

/* Two messages received in one call from a stream, in which they come bit by bit. */
static void bits(void) {
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    pid_t child = fork();
    if (child == 0) {
        for (const char *at = "abcdefgh"; *at; at++) {
            after_a_while();
            write(ends[0], at, 1);
        }
        exit(0);
    }
    char one[5] = "", two[5] = "";
    struct iovec first = {one, 4}, second = {two, 4};
    struct mmsghdr both[2] = {MESSAGE(first), MESSAGE(second)};
    CALL(recvmmsg(ends[1], both, 2, MSG_WAITALL, NULL));
    printf("%s %u, %s %u\n", one, both[0].msg_len, two, both[1].msg_len);
    waitpid(child, NULL, 0);
}

static void name_that_goes(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "door"};
    int receiver = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0), count = 0;
    CALL(bind(receiver, (struct sockaddr *)&name, sizeof name));
    while (sendto(sender, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&name, sizeof name) == 1)
        count++;
    pid_t child = fork();
    if (child == 0) {
        CALL(sendto(sender, "late", 4, 0, (struct sockaddr *)&name, sizeof name));
        exit(0);
    }
    after_a_while();
    CALL(unlink("door"));
    while (count--)
        read(receiver, text, 1);
    waitpid(child, NULL, 0);
    CALL(recv(receiver, text, sizeof text, MSG_DONTWAIT));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    files(SOCK_DGRAM);
    files(SOCK_SEQPACKET);
    stream();
    bits();
    name_that_goes();
    return 0;
}
