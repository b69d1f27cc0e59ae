/* clone(CLONE_VM | CLONE_VFORK) with a stack of its own is a vfork in other words, and a write into the parent's data
 * is the same damage; the child's own stack is none, though it lies in a static array.
 *
 * Verdict:
 *   error damage 26 used 35
 *
 * Output:
 *   answer 42
 * Exit status: 0
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[16384] __attribute__((aligned(16)));
static volatile int answer = 1;

static int work(void *argument)
{
    volatile char own[512];
    for (unsigned i = 0; i < sizeof own; i++)
        own[i] = 7;
    answer = *(int *)argument + own[3];
    return 0;
}

int main(void)
{
    int argument = 35;
    pid_t child = clone(work, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &argument);
    waitpid(child, NULL, 0);
    printf("answer %d\n", answer);
    return 0;
}
