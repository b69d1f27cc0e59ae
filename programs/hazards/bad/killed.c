/* The child dies of a null pointer.
 *
 * Verdict:
 *   error killed 14
 *
 * Exit status: 0
 */
#include <unistd.h>

int main(void)
{
    int *volatile nowhere = 0;
    if (vfork() == 0) {
        *nowhere = 1;
        _exit(0);
    }
    return 0;
}
