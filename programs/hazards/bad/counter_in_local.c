/* An ordinary local variable. Without optimisation it lies in the frame that both share; with it the parent's copy may
 * be a constant or in a register, and the same source prints another number.
 *
 * Verdict:
 *   error damage 22 used 26
 *
 * Output:
 *   tries 0
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    int tries = argc + 2;
    pid_t child = vfork();
    if (child == 0) {
        while (tries > 0 && access("/nowhere", X_OK) != 0)
            tries--;
        _exit(tries);
    }
    waitpid(child, NULL, 0);
    printf("tries %d\n", tries);
    return 0;
}
