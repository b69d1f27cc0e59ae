/* execvp looks for the program in every folder of PATH, on the stack of the child.
 *
 * Verdict: clean
 *
 * Exit status: 0
 * Native: no
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *arguments[] = {"exit", 0};
    int status = 1;
    setenv("PATH", "/nowhere:/no/where:/", 1);
    if (vfork() == 0) {
        execvp("exit", arguments);
        _exit(127);
    }
    wait(&status);
    return WEXITSTATUS(status);
}
