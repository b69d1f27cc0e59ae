/* Which word comes first? After fork either process may run, and nobody waits for the other before it writes.
 *
 * Expected output:
 *   Hello
 *   World
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 2
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        write(STDOUT_FILENO, "World\n", 6);
        _exit(0);
    }
    write(STDOUT_FILENO, "Hello\n", 6);
    wait(NULL);
    return 0;
}
