/* The child sets up its signals before it executes another program, which signal-safety(7) allows: what the C library
 * remembers of it is the library's own.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void handler(int number)
{
    (void)number;
}

int main(void)
{
    if (vfork() == 0) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        sigaction(SIGINT, &action, NULL);
        signal(SIGHUP, handler);
        execl("exit.s", "exit", (char *)NULL);
        _exit(127);
    }
    wait(NULL);
    signal(SIGHUP, SIG_IGN);
    return 0;
}
