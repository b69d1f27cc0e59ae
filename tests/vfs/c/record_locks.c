/* Locks that wait, meet, are lost, and stand in a circle. */
#include "show.h"
#include <sys/file.h>

static int fd, ends[2][2];

static int lock(int command, int type, off_t start, off_t length)
{
    struct flock wanted = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result = fcntl(fd, command, &wanted);
    if (command == F_GETLK && !result)
        return wanted.l_type == F_UNLCK ? 100 : wanted.l_type * 10 + (int)wanted.l_start;
    return result;
}

static void tell(int way) { write(ends[way][1], "x", 1); }

static void hear(int way)
{
    char byte;
    read(ends[way][0], &byte, 1);
}

/* Wait for a lock that the other has, who waits for one of ours: 0, or 1 for who would have waited for ever. */
static int meet(off_t start)
{
    if (lock(F_SETLKW, F_WRLCK, start, 1) == 0)
        return 0;
    return errno == EDEADLK ? 1 : 2;
}

static void child(void)
{
    hear(0);
    SHOW(lock(F_SETLK, F_WRLCK, 0, 10));
    SHOW(lock(F_SETLK, F_RDLCK, 20, 5));
    SHOW(lock(F_GETLK, F_WRLCK, 0, 0));
    SHOW(lock(F_GETLK, F_WRLCK, 50, 0));
    SHOW(lock(F_SETLK, F_WRLCK, 100, 10));
    fflush(stdout);
    tell(1);
    _exit(meet(0));
}

int main(void)
{
    fd = open("file", O_RDWR | O_CREAT, 0600);
    pipe(ends[0]), pipe(ends[1]);
    setvbuf(stdout, NULL, _IOFBF, 10000);
    pid_t pid = fork();
    if (!pid)
        child();
    SHOW(lock(F_SETLK, F_WRLCK, 0, 10));
    SHOW(lock(F_SETLK, F_RDLCK, 20, 10));
    fflush(stdout);
    tell(0);
    hear(1);
    SHOW(lock(F_SETLK, F_WRLCK, 105, 1));
    int mine = meet(100), its;
    lock(F_SETLK, F_UNLCK, 0, 0);
    wait(&its);
    SHOW(mine + WEXITSTATUS(its)); /* one of both, whoever came second */
    SHOW(lock(F_GETLK, F_WRLCK, 0, 0));
    SHOW(lock(F_SETLK, F_WRLCK, 0, 0));
    close(dup(fd));
    if (!(pid = fork())) {
        SHOW(lock(F_GETLK, F_WRLCK, 0, 0));
        SHOW(lockf(fd, F_TLOCK, 5));
        SHOW(lockf(fd, F_TEST, 5));
        SHOW(flock(fd, LOCK_EX | LOCK_NB));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    SHOW(flock(fd, LOCK_EX | LOCK_NB));
    int other = open("file", O_RDONLY);
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, LOCK_UN));
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, LOCK_EX | LOCK_NB));
    SHOW(flock(other, 0));
    fd = other;
    SHOW(lock(F_SETLK, F_WRLCK, 0, 0));
    SHOW(lock(F_SETLK, 7, 0, 0));
    SHOW(lock(F_SETLK, F_RDLCK, -1, 0));
    return 0;
}
