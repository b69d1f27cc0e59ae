/* Parent and child share the open file: its offset and its flags. */
#include "show.h"

int main(void) {
    put_file("letters", "abcdefghij", 0600);
    int fd = open("letters", O_RDWR);
    show_read(fd, 3);
    pid_t child = fork();
    if (child == 0) {
        show_read(fd, 2);
        fcntl(fd, F_SETFL, O_APPEND);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        close(fd);
        _exit(0);
    }
    show_end("the child", child);
    CALL(lseek(fd, 0, SEEK_CUR));
    SHOW(fcntl(fd, F_GETFL) & O_APPEND);
    CALL(fcntl(fd, F_GETFD));
    CALL(write(fd, "XY", 2));
    show_file("letters");
    return 0;
}
