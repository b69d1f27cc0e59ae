/* A child whose parent ends is adopted. The pipe lets it wait for that moment without asking again and again.
 *
 * Expected output:
 *   my parent started me
 *   my parent is another one now
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(pid_t parent, int end)
{
    char byte;
    if (getppid() == parent)
        puts("my parent started me");
    fflush(stdout);
    while (read(end, &byte, 1) > 0) /* ends when the parent's end of the pipe is gone with it */
        ;
    while (getppid() == parent) /* its descriptors are closed a moment before it has ended */
        ;
    puts("my parent is another one now");
}

int main(void)
{
    int ends[2], done[2];
    char byte;
    if (pipe(ends) < 0 || pipe(done) < 0)
        return 1;
    if (fork() == 0) { /* the parent of the orphan is itself a child, so that somebody sees the end */
        pid_t parent = getpid();
        close(done[0]);
        if (fork() == 0) {
            close(ends[1]);
            child(parent, ends[0]);
            return 0;
        }
        _exit(0);
    }
    close(ends[1]);
    close(done[1]);
    wait(NULL);
    while (read(done[0], &byte, 1) > 0) /* ends when the orphan has */
        ;
    return 0;
}
