/* The child moves its stack pointer down by alloca in the function that called vfork: what lies below is its own, and
 * its call depth has not changed. The parent has a variable array above, made before.
 *
 * Verdict: clean
 *
 * Output:
 *   cccc
 *   pppp
 * Exit status: 0
 */
#include <alloca.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    char before[argc + 15];
    memset(before, 'p', sizeof before);
    pid_t child = vfork();
    if (child == 0) {
        char *room = alloca(300 + argc);
        memset(room, 'c', 300);
        write(STDOUT_FILENO, room, 4);
        write(STDOUT_FILENO, "\n", 1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("%.4s\n", before);
    return 0;
}
