/* The child sorts the arguments that it will pass on. They are the parent's, who counted on their order.
 *
 * Verdict:
 *   error damage 27 used 31
 *   warning unsafe-call 27
 *
 * Output:
 *   1 comes first
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int numbers[] = { 3, 2, 1 };

static int order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        qsort(numbers, 3, sizeof *numbers, order);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("%d comes first\n", numbers[0]);
    return 0;
}
