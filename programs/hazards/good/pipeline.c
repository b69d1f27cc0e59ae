/* Descriptors are the child's own: it closes and copies those of a pipe before exec.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    char byte;
    if (pipe(ends))
        return 1;
    if (vfork() == 0) {
        close(ends[0]);
        dup2(ends[1], 1);
        close(ends[1]);
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    close(ends[1]);
    read(ends[0], &byte, 1);
    wait(0);
    return 0;
}
