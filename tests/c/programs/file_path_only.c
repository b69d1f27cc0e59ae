/* O_PATH: a name for a place, and hardly more. */
#include "show.h"

int main(void) {
    put_file("text", "abc", 0200);
    mkdir("folder", 0755);
    put_file("folder/inside", "inside", 0600);
    int fd = open("text", O_PATH), folder = open("folder", O_PATH | O_DIRECTORY);
    char byte;
    struct stat status;
    CALL(read(fd, &byte, 1));
    CALL(write(fd, "x", 1));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(ftruncate(fd, 0));
    CALL(fstat(fd, &status));
    SHOW(status.st_size);
    CALL(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_GETFL) & O_PATH ? 1 : 0);
    int inside = openat(folder, "inside", O_RDONLY);
    show_read(inside, 10);
    CALL(fchdir(folder));
    CALL(access("inside", F_OK));
    CALL(dup(fd) > 0);
    CALL(close(fd));
    return 0;
}
