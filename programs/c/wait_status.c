/* A parent learns how its child ended: by exit with a status, or killed by a signal.
 *
 * Expected output:
 *   exited with 0
 *   exited with 42
 *   killed by signal 9
 *   killed by signal 11
 * Exit status: 0
 * Scheduling: any
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int way)
{
    switch (way) {
    case 0:
        _exit(0);
    case 1:
        _exit(42);
    case 2:
        raise(SIGKILL);
        break;
    case 3:
        *(volatile int *)(long)way = 0;
    }
}

int main(void)
{
    for (int way = 0; way < 4; way++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            end(way);
        waitpid(child, &status, 0);
        if (WIFEXITED(status))
            printf("exited with %d\n", WEXITSTATUS(status));
        else if (WIFSIGNALED(status))
            printf("killed by signal %d\n", WTERMSIG(status));
    }
    return 0;
}
