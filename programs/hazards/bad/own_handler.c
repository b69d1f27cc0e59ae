/* The child installs a handler (dispositions are its own) and raises the signal. The handler touches nothing; that it
 * runs at all, in the parent's memory, is what vfork(2) warns of.
 *
 * Verdict:
 *   warning signal-handler 15
 *
 * Exit status: 0
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int signal)
{
    (void)signal;
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = nothing;
    sigaction(SIGUSR1, &action, NULL); /* the C library notes that there is a handler: before, not in the child */
    signal(SIGUSR1, SIG_DFL);
    pid_t child = vfork();
    if (child == 0) {
        sigaction(SIGUSR1, &action, NULL);
        kill(getpid(), SIGUSR1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}
