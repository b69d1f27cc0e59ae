/* The child cannot run the program, and says why in a variable that both see: it works, for the variable is volatile
 * and the memory is one. A pipe that exec closes would say it after a fork as well.
 *
 * Verdict:
 *   warning error-told 22 used 26
 *
 * Output:
 *   no such program
 * Exit status: 0
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    volatile int error = 0;
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/nothing", "nothing", (char *)NULL);
        error = errno;
        _exit(127);
    }
    waitpid(child, NULL, 0);
    printf("%s\n", error == ENOENT ? "no such program" : "it ran");
    return 0;
}
