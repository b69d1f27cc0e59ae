/* What the child leaves in the frame of the function that called vfork goes when that returns; later frames at the
 * same addresses are written before they are read.
 *
 * Verdict: clean
 *
 * Output:
 *   1 p
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int launch(void)
{
    volatile char scratch[64];
    pid_t child = vfork();
    if (child == 0) {
        for (unsigned i = 0; i < sizeof scratch; i++)
            scratch[i] = 'c';
        _exit(0);
    }
    return waitpid(child, NULL, 0) == child;
}

static __attribute__((noinline)) int later(int fill)
{
    char room[256];
    memset(room, fill, sizeof room);
    return ((volatile char *)room)[100];
}

int main(void)
{
    int launched = launch();
    printf("%d %c\n", launched, later('p'));
    return 0;
}
