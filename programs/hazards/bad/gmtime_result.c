/* gmtime returns a pointer to a buffer of its own, the same one to every caller, and so to the parent and its child.
 *
 * Verdict:
 *   error damage 22 used 26
 *   warning unsafe-call 22
 *
 * Output:
 *   it began in 2033
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    time_t then = 0, later = 2000000000;
    struct tm *start = gmtime(&then);
    pid_t child = vfork();
    if (child == 0) {
        gmtime(&later);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("it began in %d\n", start->tm_year + 1900);
    return 0;
}
