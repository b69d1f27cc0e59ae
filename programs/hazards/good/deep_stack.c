/* The child needs more stack than its parent ever touched: the kernel gives it pages below, which are the stack's, not
 * a mapping, and the parent finds its own frames as they were.
 *
 * Verdict: clean
 *
 * Output:
 *   status 7
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int dig(int fill)
{
    char room[200000];
    memset(room, fill, sizeof room);
    return ((volatile char *)room)[100000];
}

int main(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0)
        _exit(dig(7));
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
