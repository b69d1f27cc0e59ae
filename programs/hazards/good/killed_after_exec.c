/* A program that dies by a signal has failed, but once it has exec'd it is no vfork child any more.
 *
 * Verdict: clean
 *
 * Output:
 *   signal 6
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status = 0;
    if (argc > 1)
        abort();
    pid_t child = vfork();
    if (child == 0) {
        execl("/proc/self/exe", argv[0], "again", (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    printf("signal %d\n", WTERMSIG(status));
    return 0;
}
