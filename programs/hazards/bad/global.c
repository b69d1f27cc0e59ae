/* The child counts in a global variable.
 *
 * Verdict:
 *   error damage 19 used 22
 *
 * Output:
 *   counter is 1
 * Exit status: 0
 */
#include <stdio.h>
#include <unistd.h>

int counter;

int main(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        counter++;
        _exit(0);
    }
    printf("counter is %d\n", counter);
    return 0;
}
