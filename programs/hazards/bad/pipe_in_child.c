/* The child makes a pipe; the kernel writes the two numbers where the parent keeps its own, and the descriptors
 * themselves vanish with the child.
 *
 * Verdict:
 *   error damage 21 used 25
 *
 * Output:
 *   a pipe of nobody's
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int ends[2] = { -1, -1 };

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        pipe(ends);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (write(ends[1], "x", 1) < 0)
        puts("a pipe of nobody's");
    return 0;
}
