/* A vfork child that uses stdio writes into its parent's buffer. Flushing it takes the parent's half line along, which
 * the parent will not write again: after fork both lines would begin with it.
 *
 * Expected output:
 *   parent's line, child's line
 *   parent's second line
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("parent's line, ");
    pid_t child = vfork();
    if (child == 0) {
        printf("child's line\n");
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent's second line\n");
    return 0;
}
