/* The child uses two of the parent's variables for its own; the kernel overwrites both for the parent before they are
 * read: waitpid the one, read the other.
 *
 * Verdict: clean
 *
 * Output:
 *   3 abc
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int status;
static volatile char text[4];

int main(void)
{
    int ends[2];
    pipe(ends);
    write(ends[1], "abc", 4);
    pid_t child = vfork();
    if (child == 0) {
        *(volatile int *)&status = 77;
        text[1] = 'x';
        _exit(3);
    }
    waitpid(child, &status, 0);
    read(ends[0], (char *)text, 4);
    printf("%d %s\n", WEXITSTATUS(status), (const char *)text);
    return 0;
}
