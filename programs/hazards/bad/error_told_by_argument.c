/* A child with a stack of its own writes the error to the structure that it was given, as C libraries do for
 * posix_spawn.
 *
 * Verdict:
 *   warning error-told 26 used 36
 *
 * Output:
 *   error 2
 * Exit status: 0
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct order { const char *path; int error; };

static int child(void *argument)
{
    struct order *order = argument;
    char *words[] = {(char *)order->path, NULL};
    execv(order->path, words);
    order->error = errno;
    _exit(127);
}

int main(void)
{
    static char stack[16384] __attribute__((aligned(16)));
    struct order order = {"/bin/nothing", 0};
    pid_t pid = clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &order);
    waitpid(pid, NULL, 0);
    printf("error %d\n", order.error);
    return 0;
}
