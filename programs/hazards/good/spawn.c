/* posix_spawn, whose child runs on a stack inside the parent's frame.
 *
 * Verdict: clean
 *
 * Exit status: 0
 * Native: no
 */
#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
    char *arguments[] = {"exit", 0}, *environment[] = {0};
    int status;
    pid_t pid;
    if (posix_spawn(&pid, "/exit", 0, 0, arguments, environment))
        return 1;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}
