/* flock belongs to the open file: shared by dup and fork, apart for another open. */
#include "show.h"
#include <sys/file.h>

static int fd;

static int shared(void) {
    CALL(flock(fd, LOCK_EX | LOCK_NB));
    int other = open("file", O_RDWR);
    CALL(flock(other, LOCK_SH | LOCK_NB));
    return 0;
}

int main(void) {
    put_file("file", "", 0600);
    fd = open("file", O_RDWR);
    int other = open("file", O_RDONLY), third = open("file", O_RDONLY);
    CALL(flock(fd, LOCK_EX | LOCK_NB));
    CALL(flock(other, LOCK_SH | LOCK_NB));
    CALL(flock(dup(fd), LOCK_EX | LOCK_NB));
    in_child("shared", shared);
    CALL(flock(fd, LOCK_SH | LOCK_NB));
    CALL(flock(other, LOCK_SH | LOCK_NB));
    CALL(flock(third, LOCK_EX | LOCK_NB));
    CALL(flock(fd, LOCK_UN));
    CALL(flock(other, LOCK_EX | LOCK_NB));
    close(other);
    CALL(flock(third, LOCK_EX | LOCK_NB));
    CALL(flock(third, 0));
    CALL(flock(99, LOCK_SH));
    pid_t child = fork();
    if (child == 0) {
        int mine = open("file", O_RDWR);
        printf("waits\n");
        CALL(flock(mine, LOCK_EX));
        _exit(0);
    }
    pause_for(50);
    printf("unlocks\n");
    flock(third, LOCK_UN);
    show_end("child", child);
    return 0;
}
