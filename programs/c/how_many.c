/* How many processes do three calls of fork make? Each call doubles their number: every one writes a byte into a pipe.
 *
 * Expected output:
 *   8 processes
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    pid_t first = getpid();
    if (pipe(ends) < 0)
        return 1;

    fork();
    fork();
    fork();

    if (write(ends[1], ".", 1) != 1)
        return 1;
    while (wait(NULL) > 0)
        ;
    if (getpid() != first)
        return 0;
    close(ends[1]);

    char byte;
    int count = 0;
    while (read(ends[0], &byte, 1) == 1)
        count++;
    printf("%d processes\n", count);
    return 0;
}
