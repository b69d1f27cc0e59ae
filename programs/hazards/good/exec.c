/* The textbook's use: exec or _exit, nothing else.
 *
 * Verdict: clean
 *
 * Exit status: 42
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/no/such/program", "program", (char *)0);
        _exit(42);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}
