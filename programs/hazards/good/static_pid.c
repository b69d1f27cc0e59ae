/* The variable that receives vfork's result may be anywhere.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

int main(void)
{
    if ((child = vfork()) == 0)
        _exit(3);
    return waitpid(child, 0, 0) == child ? 0 : 1;
}
