/* The child uses the parent's loop variable, and the parent begins its own loop by setting it.
 *
 * Verdict: clean
 *
 * Output:
 *   total 6
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int i;

int main(void)
{
    int total = 0;
    pid_t child = vfork();
    if (child == 0) {
        for (i = 100; i < 103; i++)
            close(i);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    for (i = 0; i < 4; i++)
        total += i;
    printf("total %d\n", total);
    return 0;
}
