/* Signals are blocked around vfork, as a careful program does, and unblocked in the child before exec.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    if (vfork() == 0) {
        sigprocmask(SIG_SETMASK, &old, 0);
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    sigprocmask(SIG_SETMASK, &old, 0);
    wait(0);
    return 0;
}
