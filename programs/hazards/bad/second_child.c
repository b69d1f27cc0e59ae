/* The first child sets the path for itself, and the second child execs it: the damage is used, by another process in
 * the same memory, though the parent's own instructions never look.
 *
 * Verdict:
 *   error damage 22 used 28
 *
 * Output:
 *   the second child was to say 2 and said 1
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char *volatile command = "exit 2";

int main(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        command = "exit 1";
        _exit(0);
    }
    waitpid(child, NULL, 0);
    child = vfork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    printf("the second child was to say 2 and said %d\n", WEXITSTATUS(status));
    return 0;
}
