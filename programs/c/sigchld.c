/* A parent that has better things to do collects its children in a handler of SIGCHLD. Signals do not queue: one may
 * stand for several children, so the handler waits until there is none left to collect.
 *
 * Expected output:
 *   collected 5 of 5 children
 * Exit status: 0
 * Scheduling: any
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 5 };

static volatile sig_atomic_t collected;

static void on_child(int signal)
{
    int saved = errno;
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        collected++;
    errno = saved;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART };
    sigset_t blocked, before;
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0)
            _exit(i);
    while (collected < CHILDREN)
        sigsuspend(&before); /* opens the mask and sleeps in one step, or a signal might slip in between */
    printf("collected %d of %d children\n", (int)collected, CHILDREN);
    return 0;
}
