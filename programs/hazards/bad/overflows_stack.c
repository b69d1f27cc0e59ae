/* A recursion without end, in the child: it dies of its stack's limit, which is the parent's stack.
 *
 * Verdict:
 *   error killed 12
 *
 * Exit status: 0
 */
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int descend(volatile int *outer)
{
    volatile int inner[1000];
    inner[0] = *outer + 1;
    return descend(inner) + inner[0];
}

int main(void)
{
    volatile int zero = 0;
    pid_t child = vfork();
    if (child == 0)
        _exit(descend(&zero));
    waitpid(child, NULL, 0);
    return 0;
}
