/* The variable that receives vfork's result may be an element of a global array: the child's 0 in it is permitted, and
 * the parent's value follows at once.
 *
 * Verdict: clean
 *
 * Output:
 *   3 ended
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t children[3] = { -1, -1, -1 };

int main(void)
{
    int ended = 0;
    for (int i = 0; i < 3; i++)
        if ((children[i] = vfork()) == 0)
            _exit(i);
    for (int i = 0; i < 3; i++)
        ended += waitpid(children[i], NULL, 0) == children[i];
    printf("%d ended\n", ended);
    return 0;
}
