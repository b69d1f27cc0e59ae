/* CLONE_VFORK alone suspends the parent and shares nothing: the child's writes are its own, as after fork.
 *
 * Verdict: clean
 *
 * Output:
 *   child
 *   answer 1
 * Exit status: 0
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int answer = 1;

int main(void)
{
    pid_t child = syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        answer = 2;
        puts("child");
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("answer %d\n", answer);
    return 0;
}
