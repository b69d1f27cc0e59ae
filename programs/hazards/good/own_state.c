/* The child sets its own directory, group, mask and limits: nothing of it is the parent's.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (vfork() == 0) {
        setpgid(0, 0);
        umask(077);
        if (chdir("/"))
            _exit(1);
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    wait(0);
    return 0;
}
