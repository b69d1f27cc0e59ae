/* A server: the run is given up wherever its limit falls, and the child of that moment is not to blame.
 *
 * Verdict: clean
 * Instructions: 50000
 *
 * Exit status: 124
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (;;) {
        pid_t child = vfork();
        if (child == 0) {
            for (int descriptor = 3; descriptor < 256; descriptor++)
                close(descriptor);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}
