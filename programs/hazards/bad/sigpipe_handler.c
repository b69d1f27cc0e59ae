/* The child's write meets a pipe that nobody reads; SIGPIPE's handler runs in the child, in the parent's memory.
 *
 * Verdict:
 *   error signal-handler 18 used 35
 *
 * Output:
 *   the parent thinks that its pipe broke
 * Exit status: 0
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t broken;

static void on_sigpipe(int signal)
{
    (void)signal;
    broken++;
}

int main(void)
{
    int ends[2];
    signal(SIGPIPE, on_sigpipe);
    pipe(ends);
    close(ends[0]);
    pid_t child = vfork();
    if (child == 0) {
        write(ends[1], "x", 1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (broken)
        puts("the parent thinks that its pipe broke");
    return 0;
}
