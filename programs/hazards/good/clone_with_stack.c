/* clone(CLONE_VM | CLONE_VFORK) as posix_spawn uses it: a stack of the child's own in the parent's memory, a function
 * that returns, which ends the child.
 *
 * Verdict: clean
 *
 * Output:
 *   status 20
 * Exit status: 0
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[16384] __attribute__((aligned(16)));

static int work(void *argument)
{
    volatile int total = 0;
    for (int i = 0; i < 10; i++)
        total += *(int *)argument;
    return total;
}

int main(void)
{
    int argument = 2, status = 0;
    pid_t child = clone(work, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &argument);
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
