/* What does this print? The text waits in stdio's buffer when fork copies the buffer, and each process flushes its own.
 * With fflush before fork, or a child that leaves by _exit, the text would be printed once.
 *
 * Expected output:
 *   once, or twice? once, or twice?
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("once, or twice?");
    pid_t child = fork();
    if (child == 0) {
        printf(" ");
        return 0;
    }
    waitpid(child, NULL, 0);
    printf("\n");
    return 0;
}
