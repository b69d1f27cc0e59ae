/* The child reads all it likes: the parent's array, through a call of a function with a frame of its own.
 *
 * Verdict: clean
 *
 * Output:
 *   child says 26, parent 26
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int numbers[] = { 3, 5, 7, 11 };
static char untouched[1 << 16];

static __attribute__((noinline)) int sum(const int *from, int count, const char *zeros)
{
    volatile int total = 0;
    for (int i = 0; i < count; i++)
        total += from[i] + zeros[i << 14];
    return total;
}

int main(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0)
        _exit(sum(numbers, 4, untouched));
    waitpid(child, &status, 0);
    printf("child says %d, parent %d\n", WEXITSTATUS(status), sum(numbers, 4, untouched));
    return 0;
}
