/* The child uses a variable of its parent's frame for its own purposes.
 *
 * Verdict:
 *   error damage 17 used 21
 *
 * Output:
 *   3 tries left
 * Exit status: 0
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    volatile int tries = 5;
    if (vfork() == 0) {
        tries = 3;
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    printf("%d tries left\n", tries);
    return 0;
}
