/* The parent's descriptors are copied, not shared: the child puts a pipe's end at 0, closes both ends, and execs; the
 * parent writes into its own, which are as they were.
 *
 * Verdict: clean
 *
 * Output:
 *   status 5
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2], status = 0;
    pipe(ends);
    pid_t child = vfork();
    if (child == 0) {
        if (dup2(ends[0], STDIN_FILENO) < 0)
            _exit(126);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    dprintf(ends[1], "exit 5\n");
    close(ends[1]);
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
