/* What the processor cannot do by itself, the compiler calls a helper for: division of 64 bits, floating point. These
 * compute, and are nobody's functions.
 *
 * Verdict: clean
 *
 * Output:
 *   status 42
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    int status = 0;
    volatile unsigned long long large = 84000000000ULL;
    volatile double half = 0.5 * argc;
    pid_t child = vfork();
    if (child == 0)
        _exit((int)((double)(large / 1000000000ULL % 1000) * half));
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
