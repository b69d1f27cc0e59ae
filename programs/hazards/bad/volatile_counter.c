/* A volatile variable is no message: nothing has failed, and the parent's counter counts what its children did.
 *
 * Verdict:
 *   error damage 19 used 19
 *
 * Output:
 *   3 rounds
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    volatile int rounds = 0;
    for (int i = 0; i < 3; i++) {
        if (vfork() == 0) {
            rounds++;
            _exit(0);
        }
        wait(NULL);
    }
    printf("%d rounds\n", rounds);
    return 0;
}
