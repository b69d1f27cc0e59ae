/* The parent's only use of the damage is its own exec, which reads the argument in the kernel and drops the memory.
 *
 * Verdict:
 *   error damage 17 used 21
 *
 * Exit status: 2
 */
#include <sys/wait.h>
#include <unistd.h>

static char command[] = "exit 1";

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        command[5] = '2';
        _exit(0);
    }
    waitpid(child, NULL, 0);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    return 127;
}
