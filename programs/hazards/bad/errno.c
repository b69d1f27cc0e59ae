/* exec fails in the child, and the parent takes the errno of it for its own.
 *
 * Verdict:
 *   error damage 18 used 21
 *
 * Output:
 *   errno is 2
 * Exit status: 0
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    errno = 0;
    if (vfork() == 0) {
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    printf("errno is %d\n", errno);
    return 0;
}
