/* The child looks a variable up for its exec. getenv changes nothing here, and POSIX allows it in no signal handler.
 *
 * Verdict:
 *   warning unsafe-call 16
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
        const char *shell = getenv("FORKLORE_SHELL");
        execl(shell ? shell : "/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    return 0;
}
