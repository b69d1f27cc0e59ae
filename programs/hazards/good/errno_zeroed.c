/* The exec fails, the child leaves with 127, and the parent sets errno itself before it looks at it.
 *
 * Verdict: clean
 *
 * Output:
 *   42
 * Exit status: 0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl("/nowhere", "nowhere", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    errno = 0;
    long number = strtol("42", NULL, 10);
    if (errno != 0)
        return 1;
    printf("%ld\n", number);
    return 0;
}
