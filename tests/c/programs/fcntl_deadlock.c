/* Two that wait for each other's locks: the second is told EDEADLK. */
#include "show.h"

int main(void) {
    int fd = open("file", O_RDWR | O_CREAT, 0600), ready[2];
    pipe(ready);
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1}, second = first;
    second.l_start = 1;
    CALL(fcntl(fd, F_SETLKW, &first));
    pid_t child = fork();
    if (child == 0) {
        CALL(fcntl(fd, F_SETLKW, &second));
        write(ready[1], "x", 1);
        CALL(fcntl(fd, F_SETLKW, &first));
        _exit(0);
    }
    char byte;
    read(ready[0], &byte, 1);
    pause_for(50);
    CALL(fcntl(fd, F_SETLKW, &second));
    second.l_type = F_UNLCK;
    first.l_type = F_UNLCK;
    CALL(fcntl(fd, F_SETLKW, &first));
    show_end("child", child);
    return 0;
}
