/* Thread-local storage is per thread, and a vfork child has the very thread pointer of its parent.
 *
 * Verdict:
 *   error damage 20 used 24
 *
 * Output:
 *   depth 2
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static _Thread_local volatile int depth = 1;

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        depth = 2;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("depth %d\n", depth);
    return 0;
}
