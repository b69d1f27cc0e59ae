/* The child reports through a pointer, and the pointer leads to a local variable two frames up: the parent's main has
 * its limit changed by a process that has ended.
 *
 * Verdict:
 *   error damage 19 used 35
 *
 * Output:
 *   limit 7
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) pid_t start(int *limit)
{
    pid_t child = vfork();
    if (child == 0) {
        *limit = 7;
        _exit(0);
    }
    return child;
}

static __attribute__((noinline)) pid_t launch(int *limit)
{
    pid_t child = start(limit);
    return child > 0 ? child : -1;
}

int main(void)
{
    int limit = 100;
    waitpid(launch(&limit), NULL, 0);
    printf("limit %d\n", limit);
    return 0;
}
