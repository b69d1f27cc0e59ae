/* A child whose parent ends is adopted. Its parent does not leave before it has been told to.
 *
 * Expected output:
 *   my parent started me
 *   my parent is another one now
 * Exit status: 0
 * Scheduling: any
 */
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(pid_t parent, int told)
{
    if (getppid() == parent)
        puts("my parent started me");
    fflush(stdout);
    write(told, "", 1); /* now it may end */
    while (getppid() == parent)
        sched_yield();
    puts("my parent is another one now");
}

int main(void)
{
    int told[2], done[2];
    char byte;
    if (pipe(told) < 0 || pipe(done) < 0)
        return 1;
    if (fork() == 0) { /* the parent of the orphan is itself a child, so that somebody sees the end */
        pid_t parent = getpid();
        if (fork() == 0) {
            child(parent, told[1]);
            return 0;
        }
        read(told[0], &byte, 1);
        _exit(0);
    }
    close(done[1]);
    wait(NULL);
    read(done[0], &byte, 1); /* ends when nobody has the other end any more: when the orphan is gone */
    return 0;
}
