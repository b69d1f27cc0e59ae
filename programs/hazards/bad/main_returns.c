/* A child that falls off the end of main returns from the function that called vfork, into the C library's start code,
 * which calls exit: two rules for the price of one missing _exit.
 *
 * Verdict:
 *   error return 20
 *   error exit 0
 *   error damage 0 used 17
 *   error damage 0 used 20
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
