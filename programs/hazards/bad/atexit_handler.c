/* exit in the child runs the parent's atexit handlers: the parent's lock is released by somebody who never held it.
 *
 * Verdict:
 *   error exit 28 used 31
 *
 * Output:
 *   the lock is gone
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int held;

static void release(void)
{
    held = 0;
}

int main(void)
{
    atexit(release);
    held = 1;
    pid_t child = vfork();
    if (child == 0) {
        exit(127);
    }
    waitpid(child, NULL, 0);
    if (!held) {
        write(STDOUT_FILENO, "the lock is gone\n", 17);
    }
    _exit(0);
}
