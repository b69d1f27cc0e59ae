/* vfork on every level of a recursion: the frames of the outer levels wait, each with a child id of its own.
 *
 * Verdict: clean
 *
 * Output:
 *   sum 21
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int tree(int depth)
{
    int status = 0;
    if (depth == 0)
        return 0;
    pid_t child = vfork();
    if (child == 0)
        _exit(depth);
    int below = tree(depth - 1);
    waitpid(child, &status, 0);
    return below + WEXITSTATUS(status);
}

int main(void)
{
    printf("sum %d\n", tree(6));
    return 0;
}
