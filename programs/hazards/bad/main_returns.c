/* A child that falls off the end of main returns from the function that called vfork, into the C library's start code,
 * which calls exit: all of it for want of one _exit.
 *
 * Verdict:
 *   error return 17 used 14
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("the parent's line\n");
    pid_t child = vfork();
    if (child > 0)
        waitpid(child, NULL, 0);
    return 0;
}
