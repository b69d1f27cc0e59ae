/* What cannot be done with a pipe. */
#include "show.h"

int main(void) {
    int ends[2];
    char byte;
    CALL(pipe2(ends, O_APPEND | O_WRONLY));
    CALL(syscall(SYS_pipe2, (void *)8, 0));
    CALL(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(fcntl(ends[1], F_GETFL));
    SHOW(fcntl(ends[1], F_GETFD));
    CALL(write(ends[0], "x", 1));
    CALL(read(ends[1], &byte, 1));
    CALL(read(ends[0], &byte, 1));
    CALL(lseek(ends[0], 0, SEEK_SET));
    CALL(pread(ends[0], &byte, 1, 0));
    CALL(pwrite(ends[1], "x", 1, 0));
    CALL(ftruncate(ends[1], 0));
    CALL(fsync(ends[1]));
    CALL(fchdir(ends[0]));
    CALL(write(ends[1], (void *)8, 1));
    CALL(write(ends[1], "abc", 3));
    CALL(read(ends[0], (void *)8, 1));
    show_read(ends[0], 3);
    struct stat status;
    CALL(fstat(ends[0], &status));
    SHOW(S_ISFIFO(status.st_mode));
    SHOW(status.st_mode & 07777);
    SHOW(status.st_nlink);
    CALL(fchmod(ends[0], 0200));
    fstat(ends[1], &status);
    SHOW(status.st_mode & 07777);
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    CALL(write(ends[1], "x", 1));
    CALL(write(ends[1], "", 0));
    close(ends[1]);
    CALL(write(ends[1], "x", 1));
    return 0;
}
