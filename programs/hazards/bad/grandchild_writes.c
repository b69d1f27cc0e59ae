/* Two generations in one memory: the grandchild's write is found by the child, and by the parent as well.
 *
 * Verdict:
 *   error damage 23 used 29
 *   warning nested 21
 *
 * Output:
 *   stage 3
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stage = 1;

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        pid_t grandchild = vfork();
        if (grandchild == 0) {
            stage = 3;
            _exit(0);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("stage %d\n", stage);
    return 0;
}
