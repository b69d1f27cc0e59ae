/* The child waits for a signal that its parent means to send, but the parent cannot run before the child is gone.
 *
 * Verdict:
 *   error never-released 15
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    puts("never printed");
    return 0;
}
