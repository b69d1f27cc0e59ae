/* A signal reaches the child, whose handler is the parent's and writes to the parent's memory.
 *
 * Verdict:
 *   error signal-handler 17 used 28
 *
 * Output:
 *   interrupted: 1
 * Exit status: 0
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void handler(int number)
{
    interrupted = number != 0;
}

int main(void)
{
    signal(SIGUSR1, handler);
    if (vfork() == 0) {
        kill(getpid(), SIGUSR1);
        _exit(0);
    }
    printf("interrupted: %d\n", (int)interrupted);
    return 0;
}
