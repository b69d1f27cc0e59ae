/* What shells do before exec: default dispositions and an empty mask in the child. Both are its own, and the parent's
 * handler still runs for the parent's signal.
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
    sigset_t none, all, old;
    sigemptyset(&none);
    sigfillset(&all);
    signal(SIGUSR1, on_signal);
    sigprocmask(SIG_BLOCK, &all, &old);
    pid_t child = vfork();
    if (child == 0) {
        signal(SIGUSR1, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(127);
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    waitpid(child, NULL, 0);
    raise(SIGUSR1);
    printf("seen %d\n", (int)seen);
    return 0;
}
