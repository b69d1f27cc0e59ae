/* The child rewrites its argument vector, as some daemons do to show their state in ps. The strings lie at the top of
 * the stack that it shares with its parent, above every frame.
 *
 * Verdict:
 *   error damage 21 used 25
 *
 * Output:
 *   *
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 1)
        return 2;
    pid_t child = vfork();
    if (child == 0) {
        argv[0][0] = '*';
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("%c\n", argv[0][0]);
    return 0;
}
