/* The parent looks at the damage only when it ends, in its atexit handler.
 *
 * Verdict:
 *   error damage 27 used 19
 *
 * Output:
 *   goodbye from the child
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *volatile name = "parent";

static void goodbye(void)
{
    printf("goodbye from the %s\n", name);
}

int main(void)
{
    atexit(goodbye);
    pid_t child = vfork();
    if (child == 0) {
        name = "child";
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}
