/* The child finds something wrong and calls abort, which kills two: musl's abort sends SIGABRT to the thread id that
 * it remembers, and in a vfork child that is the parent's. The parent finds the signal when it resumes, and dies; the
 * child goes on to abort's last resort, a store to address 0. (glibc asks the kernel for the id: there the parent
 * survives.)
 *
 * Verdict:
 *   error killed 23
 *   warning signals-parent 23
 *
 * Exit status: 134
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        if (access("/nowhere", X_OK) != 0)
            abort();
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("killed by signal %d\n", WTERMSIG(status));
    return 0;
}
