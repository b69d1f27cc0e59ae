/* The child draws a random number, and the parent's sequence goes on from there.
 *
 * Verdict:
 *   error damage 16 used 19
 *   warning unsafe-call 16
 *
 * Exit status: 0
 */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    srand(1);
    if (vfork() == 0) {
        rand();
        _exit(0);
    }
    return rand() == 0;
}
