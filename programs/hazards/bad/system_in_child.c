/* The child runs a command by system, as if it were a process of its own.
 *
 * Verdict:
 *   warning unsafe-call 17
 *   warning nested 17
 *
 * Exit status: 0
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        system("exit 3");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}
