/* Descriptor flags and status flags: which can be set, and who shares them. */
#include "show.h"

int main(void) {
    put_file("file", "abc", 0600);
    int fd = open("file", O_RDWR), copy = dup(fd), again = open("file", O_RDONLY);
    CALL(fcntl(fd, F_GETFD));
    CALL(fcntl(fd, F_SETFD, FD_CLOEXEC));
    CALL(fcntl(fd, F_GETFD));
    CALL(fcntl(copy, F_GETFD));
    CALL(fcntl(fd, F_SETFD, 0));
    SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    CALL(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_CREAT));
    SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    SHOW(fcntl(copy, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    SHOW(fcntl(again, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    CALL(fcntl(99, F_GETFL));
    CALL(fcntl(fd, 9999, 0));
    int ends[2], on = 1, count = -1;
    pipe(ends);
    CALL(ioctl(ends[0], FIONBIO, &on));
    SHOW(fcntl(ends[0], F_GETFL));
    write(ends[1], "12345", 5);
    CALL(ioctl(ends[0], FIONREAD, &count));
    SHOW(count);
    CALL(ioctl(fd, FIONREAD, &count));
    SHOW(count);
    CALL(ioctl(fd, FIOCLEX));
    CALL(fcntl(fd, F_GETFD));
    CALL(ioctl(fd, FIONCLEX));
    CALL(fcntl(fd, F_GETFD));
    struct winsize size;
    CALL(ioctl(fd, TIOCGWINSZ, &size));
    CALL(ioctl(ends[0], TIOCGWINSZ, &size));
    CALL(ioctl(99, TIOCGWINSZ, &size));
    CALL(isatty(fd));
    CALL(isatty(99));
    CALL(tcgetpgrp(fd));
    TRUE(ttyname(fd) == NULL);
    return 0;
}
