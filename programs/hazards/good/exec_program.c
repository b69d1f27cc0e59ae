/* The child executes a program that is there, with arguments and an environment that the parent has prepared.
 *
 * Verdict: clean
 *
 * Exit status: 0
 * Native: no
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *arguments[] = {"exit", "one", "two", 0}, *environment[] = {"MODE=child", 0};
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execve("/exit", arguments, environment);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 1;
    return WEXITSTATUS(status);
}
