/* posix_spawn of a program that is not there: the child tells its parent by a pipe.
 *
 * Verdict: clean
 *
 * Exit status: 2
 */
#include <spawn.h>

int main(void)
{
    char *arguments[] = {"program", 0}, *environment[] = {0};
    pid_t pid;
    return posix_spawn(&pid, "/no/such/program", 0, 0, arguments, environment);
}
