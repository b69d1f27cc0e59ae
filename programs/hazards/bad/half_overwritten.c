/* The parent renews one half of what the child changed and believes the other half.
 *
 * Verdict:
 *   error damage 23 used 29
 *
 * Output:
 *   1 to 20
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile struct {
    int low, high;
} range = { 1, 10 };

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        range.low = 2;
        range.high = 20;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    range.low = 1;
    printf("%d to ", range.low);
    printf("%d\n", range.high);
    return 0;
}
