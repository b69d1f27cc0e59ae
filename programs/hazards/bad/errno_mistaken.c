/* "errno = 0, call, look at errno" is how strtol is used. Here a vfork falls in between: the child's exec fails, and
 * the parent takes the child's ENOENT for a number that is out of range.
 *
 * Verdict:
 *   error damage 22 used 27
 *
 * Output:
 *   not a number
 * Exit status: 0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    errno = 0;
    pid_t child = vfork();
    if (child == 0) {
        execl("/nowhere", "nowhere", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    long number = strtol("42", NULL, 10);
    if (errno != 0)
        printf("not a number\n");
    else
        printf("%ld\n", number);
    return 0;
}
