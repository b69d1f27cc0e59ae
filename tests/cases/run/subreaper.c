/* The child of a child whose parent ends is adopted by its grandfather, who asked for that. */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2], parent = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pipe(ends);
    if (fork() == 0) {
        if (fork() == 0) {
            usleep(1000);
            parent = getppid();
            write(ends[1], &parent, sizeof parent);
        }
        _exit(0);
    }
    wait(NULL);
    read(ends[0], &parent, sizeof parent);
    puts(parent == getpid() ? "adopted" : "lost");
    return 0;
}
