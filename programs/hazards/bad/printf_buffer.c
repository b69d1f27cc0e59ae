/* The child prints, and leaves without a flush: its text stays in the buffer, which is the parent's, who prints it.
 *
 * Verdict:
 *   error damage 21 used 24
 *   warning unsafe-call 21
 *
 * Output:
 *   child
 *   parent
 * Exit status: 0
 */
#include <stdio.h>
#include <unistd.h>

static char buffer[64];

int main(void)
{
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (vfork() == 0) {
        printf("child\n");
        _exit(0);
    }
    printf("parent\n");
    return 0;
}
