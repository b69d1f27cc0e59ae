/* The child returns from the function that called vfork, and from that one's caller too, to exec where main has always
 * done it. The frames it walks over are the parent's; what it calls next is built on top of them.
 *
 * Verdict:
 *   error return 16 used 16
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) pid_t start(void)
{
    pid_t child = vfork();
    if (child < 0)
        puts("no child");
    return child;
}

static __attribute__((noinline)) int launch(int *status)
{
    pid_t child = start();
    if (child == 0)
        return 0;
    waitpid(child, status, 0);
    return 1;
}

int main(void)
{
    int status = -1;
    if (launch(&status) == 0) {
        execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
        _exit(127);
    }
    printf("status %d\n", status);
    return 0;
}
