/* The child tells its parent something by a pipe, from constant data: the parent's read writes the parent's memory,
 * after it has resumed, which is nobody's damage.
 *
 * Verdict: clean
 *
 * Output:
 *   5: ready
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    static char text[16];
    int ends[2];
    pipe(ends);
    pid_t child = vfork();
    if (child == 0) {
        write(ends[1], "ready", 5);
        _exit(0);
    }
    ssize_t size = read(ends[0], text, sizeof text - 1);
    waitpid(child, NULL, 0);
    printf("%zd: %s\n", size, text);
    return 0;
}
