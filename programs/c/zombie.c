/* A child that has ended and has not been waited for is a zombie: its pid exists, its status is kept, nothing runs.
 *
 * Expected output:
 *   the child has ended and still has a pid
 *   its status is 7
 *   now the pid is free
 * Exit status: 0
 * Scheduling: any
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    siginfo_t information;
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    waitid(P_PID, child, &information, WEXITED | WNOWAIT); /* wait for it to end, and leave it as it is */
    if (kill(child, 0) == 0)
        puts("the child has ended and still has a pid");
    waitpid(child, &status, 0);
    printf("its status is %d\n", WEXITSTATUS(status));
    if (kill(child, 0) < 0 && errno == ESRCH)
        puts("now the pid is free");
    return 0;
}
