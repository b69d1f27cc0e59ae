/* The child could not execute its program, and tells so by a signal to its process group. The parent is in that group,
 * finds the signal when it resumes, and gives up what it was about to do.
 *
 * Verdict:
 *   warning signals-parent 31
 *
 * Output:
 *   given up
 * Exit status: 0
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_given_up;

static void give_up(int number)
{
    (void)number;
    is_given_up = 1;
}

int main(void)
{
    signal(SIGUSR1, give_up);
    pid_t child = vfork();
    if (child == 0) {
        execl("/no/such/program", "program", (char *)NULL);
        signal(SIGUSR1, SIG_IGN);
        kill(0, SIGUSR1);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    puts(is_given_up ? "given up" : "done");
    return 0;
}
