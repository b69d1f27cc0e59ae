/* The child sends its parent a signal. The handler runs in the parent, when it has resumed, and what it counts is the
 * parent's own work.
 *
 * Verdict: clean
 *
 * Output:
 *   seen 1
 * Exit status: 0
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t seen;

static void on_signal(int signal)
{
    (void)signal;
    seen++;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = vfork();
    if (child == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("seen %d\n", (int)seen);
    return 0;
}
