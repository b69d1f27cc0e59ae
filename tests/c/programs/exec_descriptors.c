/* Descriptors live through exec, unless they are marked; their offsets go along. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1) {
        for (int fd = 3; fd < 14; fd++)
            printf("%d %d %s\n", fd, fcntl(fd, F_GETFD), fcntl(fd, F_GETFD) < 0 ? strerror(errno) : "");
        show_read(3, 3);
        show_read(7, 3);
        return 0;
    }
    put_file("text", "abcdefghijklmnopqrstuvwxyz", 0600);
    CALL(open("text", O_RDONLY));
    CALL(open("text", O_RDONLY | O_CLOEXEC));
    CALL(dup(4));
    CALL(dup3(3, 6, O_CLOEXEC));
    CALL(fcntl(6, F_DUPFD, 0));
    CALL(fcntl(3, F_DUPFD_CLOEXEC, 8));
    int ends[2];
    pipe2(ends, O_CLOEXEC);
    CALL(fcntl(ends[0], F_SETFD, 0));
    CALL(fcntl(5, F_SETFD, FD_CLOEXEC));
    CALL(fcntl(5, F_GETFD));
    DIR *directory = opendir(".");
    TRUE(directory != NULL);
    show_read(3, 5);
    execl("./prog", "prog", "again", (char *)NULL);
    return 1;
}
