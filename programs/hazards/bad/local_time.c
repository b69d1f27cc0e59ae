/* localtime's result is one for all; the child asks for its own date, and the parent's has become it.
 *
 * Verdict:
 *   error damage 22 used 26
 *   warning unsafe-call 22
 *
 * Output:
 *   year 1975
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    time_t then = 86400 * 200, later = 86400 * 2000;
    struct tm *date = localtime(&then);
    pid_t child = vfork();
    if (child == 0) {
        struct tm *mine = localtime(&later);
        _exit(mine == NULL);
    }
    waitpid(child, NULL, 0);
    printf("year %d\n", date->tm_year + 1900);
    return 0;
}
