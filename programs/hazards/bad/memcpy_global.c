/* memcpy may be called in a signal handler (since POSIX.1-2008's second corrigendum), and so perhaps after vfork; what
 * it writes is the parent's all the same.
 *
 * Verdict:
 *   error damage 24 used 28
 *
 * Output:
 *   a child's on title
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char title[32] = "the parent's title";

int main(int argc, char **argv)
{
    (void)argv;
    size_t size = 11 + argc; /* not a constant: libc's memcpy is called at every optimisation */
    pid_t child = vfork();
    if (child == 0) {
        memcpy(title, "a child's one", size);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    puts(title);
    return 0;
}
