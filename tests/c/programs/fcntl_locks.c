/* Record locks: who may have what, splitting, and when they go. */
#include "show.h"

static int fd;

static int lock(int command, int type, long start, long length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &lock);
}

static void probe(int type, long start, long length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(fd, F_GETLK, &lock))
        printf("F_GETLK: %s\n", strerror(errno));
    else if (lock.l_type == F_UNLCK)
        printf("%ld+%ld is free\n", start, length);
    else
        printf("%ld+%ld meets a %s lock %lld+%lld of %s\n", start, length, lock.l_type == F_RDLCK ? "read" : "write",
               (long long)lock.l_start, (long long)lock.l_len, lock.l_pid == getppid() ? "the parent" : "another");
}

static int other(void) {
    probe(F_WRLCK, 0, 0);
    probe(F_RDLCK, 0, 10);
    probe(F_RDLCK, 10, 5);
    probe(F_WRLCK, 15, 1);
    probe(F_RDLCK, 20, 10);
    probe(F_WRLCK, 100, 0);
    CALL(lock(F_SETLK, F_WRLCK, 0, 5));
    CALL(lock(F_SETLK, F_RDLCK, 20, 10));
    CALL(lock(F_SETLK, F_WRLCK, 20, 10));
    CALL(lock(F_SETLK, F_WRLCK, 50, 0));
    CALL(lock(F_SETLK, F_UNLCK, 0, 0));
    return 0;
}

static int waiting(void) {
    printf("waits\n");
    CALL(lock(F_SETLKW, F_WRLCK, 0, 10));
    return 0;
}

int main(void) {
    put_file("file", "0123456789", 0600);
    fd = open("file", O_RDWR);
    CALL(lock(F_SETLK, F_WRLCK, 0, 15));
    CALL(lock(F_SETLK, F_UNLCK, 8, 4));
    CALL(lock(F_SETLK, F_RDLCK, 20, 10));
    CALL(lock(F_SETLK, F_RDLCK, 25, 20));
    probe(F_WRLCK, 0, 0);
    in_child("other", other);
    CALL(lock(F_SETLK, F_WRLCK, 20, 10));
    in_child("other", other);
    close(open("file", O_RDONLY));
    in_child("other", other);
    CALL(lock(F_SETLK, F_WRLCK, -1, 1));
    CALL(lock(F_SETLK, 9, 0, 1));
    struct flock lock_ = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -3, .l_len = 2};
    CALL(fcntl(fd, F_SETLK, &lock_));
    in_child("other", other);
    lock_ = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 30, .l_len = -10};
    CALL(fcntl(fd, F_SETLK, &lock_));
    in_child("other", other);
    int reader = open("file", O_RDONLY);
    lock_ = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CALL(fcntl(reader, F_SETLK, &lock_));
    CALL(fcntl(reader, F_SETLK, (void *)8));
    CALL(lockf(fd, F_TLOCK, 10));
    CALL(lockf(fd, F_ULOCK, 10));
    CALL(lock(F_SETLK, F_WRLCK, 0, 0));
    pid_t child = fork();
    if (child == 0)
        _exit(waiting());
    pause_for(50);
    printf("unlocks\n");
    lock(F_SETLK, F_UNLCK, 0, 0);
    show_end("waiting", child);
    in_child("other", other);
    return 0;
}
