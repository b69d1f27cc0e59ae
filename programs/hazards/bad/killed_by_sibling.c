/* A process that the parent forked earlier kills the vfork child while it prepares its exec: not the child's fault,
 * and what it had changed by then stays changed.
 *
 * Verdict:
 *   warning killed 30
 *
 * Output:
 *   signal 9
 * Exit status: 0
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2], status = 0;
    pipe(ends);
    if (fork() == 0) {
        pid_t victim;
        if (read(ends[0], &victim, sizeof victim) == sizeof victim)
            kill(victim, SIGKILL);
        _exit(0);
    }
    pid_t child = vfork();
    if (child == 0) {
        pid_t self = getpid();
        write(ends[1], &self, sizeof self);
        pause();
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("signal %d\n", WTERMSIG(status));
    return 0;
}
