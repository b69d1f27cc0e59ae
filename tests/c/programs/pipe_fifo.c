/* Named pipes: opening waits for the other side, unless told not to. */
#include "show.h"

int main(void) {
    CALL(mkfifo("fifo", 0640));
    CALL(mkfifo("fifo", 0640));
    struct stat status;
    stat("fifo", &status);
    SHOW(S_ISFIFO(status.st_mode));
    SHOW(status.st_mode & 07777);
    CALL(open("fifo", O_WRONLY | O_NONBLOCK));
    int fd = open("fifo", O_RDONLY | O_NONBLOCK);
    show_read(fd, 10);
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    char byte;
    CALL(read(fd, &byte, 1));
    CALL(write(writer, "abc", 3));
    show_read(fd, 10);
    close(writer);
    show_read(fd, 10);
    close(fd);
    pid_t child = fork();
    if (child == 0) {
        int out = open("fifo", O_WRONLY);
        write(out, "by name", 7);
        _exit(0);
    }
    fd = open("fifo", O_RDONLY);
    show_read(fd, 100);
    show_end("child", child);
    show_read(fd, 100);
    close(fd);
    fd = open("fifo", O_RDWR);
    CALL(write(fd, "both", 4));
    show_read(fd, 4);
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(mknod("other", S_IFIFO | 0600, 0));
    CALL(mknod("file", S_IFREG | 0600, 0));
    CALL(mknod("device", S_IFCHR | 0600, 0x103));
    CALL(unlink("fifo"));
    return 0;
}
