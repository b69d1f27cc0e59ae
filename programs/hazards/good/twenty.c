/* Twenty children one after another.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (int number = 0; number < 20; number++) {
        pid_t pid = vfork();
        if (pid == 0)
            _exit(number);
        int status;
        if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != number)
            return 1;
    }
    return 0;
}
