/* dup, dup2, dup3, F_DUPFD: the lowest number, the same open file, a close-on-exec of one's own. */
#include "show.h"

int main(void) {
    put_file("text", "abcdefghijklmnop", 0600);
    CALL(open("text", O_RDONLY));
    CALL(dup(3));
    CALL(dup2(3, 10));
    CALL(dup2(3, 3));
    CALL(dup2(99, 3));
    CALL(dup2(3, -1));
    CALL(dup2(3, 256));
    CALL(dup2(3, 255));
    CALL(dup3(3, 3, 0));
    CALL(dup3(3, 5, O_CLOEXEC));
    CALL(dup3(3, 6, O_APPEND));
    CALL(dup(99));
    CALL(fcntl(3, F_DUPFD, 0));
    CALL(fcntl(3, F_DUPFD, 100));
    CALL(fcntl(3, F_DUPFD_CLOEXEC, 100));
    CALL(fcntl(3, F_DUPFD, 256));
    CALL(fcntl(3, F_DUPFD, -1));
    CALL(fcntl(101, F_GETFD));
    CALL(fcntl(100, F_GETFD));
    CALL(fcntl(5, F_GETFD));
    show_read(3, 2);
    show_read(10, 2);
    show_read(101, 2);
    close(3);
    show_read(4, 2);
    CALL(dup(4));
    close(0);
    CALL(dup(4));
    CALL(dup2(4, 10));
    show_read(10, 2);
    return 0;
}
