/* The child changes a variable and puts it back before it leaves: not a byte differs when the parent resumes.
 *
 * Verdict: clean
 *
 * Output:
 *   level 4
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int level = 4;

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        level = 5;
        close(level);
        level = 4;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("level %d\n", level);
    return 0;
}
