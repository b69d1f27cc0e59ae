/* Open files in messages (SCM_RIGHTS): they arrive as descriptors, with what they were opened for, or are closed. */
#include "show.h"
#include <sys/socket.h>

static int send_files(int fd, const char *text, const int *files, int count, int flags) {
    char control[CMSG_SPACE(sizeof(int) * 300)];
    struct iovec piece = {(void *)text, strlen(text)};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control};
    memset(control, 0, sizeof control);
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = (struct cmsghdr *)control;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), files, sizeof(int) * count);
    return sendmsg(fd, &message, flags);
}

/* Receive with room for so many files; how many came, and the last of them. */
static int receive_files(int fd, int room, int flags, int *file) {
    char control[CMSG_SPACE(sizeof(int) * 8)], buffer[16] = "";
    struct iovec piece = {buffer, sizeof buffer - 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room ? control : NULL};
    message.msg_controllen = room ? CMSG_LEN(sizeof(int) * room) : 0;
    int count = recvmsg(fd, &message, flags), files = 0;
    if (count < 0) {
        printf("recvmsg: %s\n", strerror(errno));
        return -1;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header) {
        files = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(file, CMSG_DATA(header) + sizeof(int) * (files - 1), sizeof(int));
    }
    printf("[%s] with %d files, flags %x\n", buffer, files, message.msg_flags & ~MSG_CMSG_CLOEXEC);
    return files;
}

int main(void) {
    int ends[2], file = -1, pipes[2];
    put_file("text", "what is in it", 0600);
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    puts("from a child");
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        int opened = open("text", O_RDONLY);
        lseek(opened, 5, SEEK_SET);
        _exit(send_files(ends[1], "file", &opened, 1, 0) != 4);
    }
    SHOW(receive_files(ends[0], 1, 0, &file));
    show_end("child", child);
    show_read(file, 20);
    CALL(write(file, "x", 1));
    SHOW(fcntl(file, F_GETFD));
    close(file);

    puts("bounds in a stream");
    CALL(pipe(pipes));
    CALL(write(ends[1], "ab", 2));
    CALL(send_files(ends[1], "cd", pipes, 2, 0));
    CALL(write(ends[1], "ef", 2));
    SHOW(receive_files(ends[0], 2, MSG_PEEK, &file));
    close(file), close(file - 1);
    SHOW(receive_files(ends[0], 2, MSG_CMSG_CLOEXEC, &file));
    SHOW(fcntl(file, F_GETFD));
    close(pipes[0]), close(pipes[1]);
    CALL(write(file, "through", 7));
    show_read(file - 1, 20);
    close(file), close(file - 1);
    SHOW(receive_files(ends[0], 2, 0, &file));

    puts("no room");
    CALL(pipe(pipes));
    CALL(send_files(ends[1], "1", pipes, 2, 0));
    SHOW(receive_files(ends[0], 1, 0, &file));
    close(file);
    CALL(send_files(ends[1], "2", pipes, 2, 0));
    SHOW(receive_files(ends[0], 0, 0, &file));
    CALL(send_files(ends[1], "3", pipes + 1, 1, 0));
    close(pipes[1]);
    show_read(ends[0], 5);
    show_read(pipes[0], 5);

    puts("errors");
    int many[254];
    for (int i = 0; i < 254; i++)
        many[i] = ends[0];
    CALL(send_files(ends[1], "x", many, 253, 0));
    CALL(send_files(ends[1], "x", many, 254, 0));
    many[1] = 250;
    CALL(send_files(ends[1], "x", many, 2, 0));
    CALL(send_files(ends[1], "x", many, 0, 0));
    CALL(send_files(pipes[0], "x", many, 1, 0));
    show_read(ends[0], 5);

    puts("what nobody took");
    CALL(pipe(pipes));
    CALL(send_files(ends[1], "4", pipes + 1, 1, 0));
    close(pipes[1]);
    close(ends[0]);
    show_read(pipes[0], 5);

    puts("sockets in their own queues");
    int done = 0;
    for (int i = 0; i < 20; i++) {
        socketpair(AF_UNIX, i % 2 ? SOCK_DGRAM : SOCK_STREAM, 0, ends);
        done += send_files(ends[0], "", ends, 2, 0) + 1;
        done += send_files(ends[1], "", ends, 2, 0) + 1;
        close(ends[0]), close(ends[1]);
    }
    TRUE(done > 0);
    return 0;
}
