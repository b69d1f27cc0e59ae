/* posix_spawn returns when the new program has begun, and then nobody waits: the words come in either order.
 *
 * Up to there it is as with vfork, and the child can do no damage: it has run nothing but the C library's code. Compare
 * vfork_own_letter.
 *
 * Expected output:
 *   child
 *   parent
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 2
 */
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *arguments[] = { "echo", "child", NULL }, *environment[] = { NULL };
    pid_t child;
    if (posix_spawn(&child, "/bin/echo", NULL, NULL, arguments, environment) != 0)
        return 1;
    write(STDOUT_FILENO, "parent\n", 7);
    waitpid(child, NULL, 0);
    return 0;
}
