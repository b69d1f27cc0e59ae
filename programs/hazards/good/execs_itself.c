/* The same program in a new image: same addresses, same names, its own memory. It writes the global, calls exit with a
 * handler, and its child is nobody's business.
 *
 * Verdict: clean
 *
 * Output:
 *   count 1, status 42
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int count = 1;

static void goodbye(void)
{
    count = 99;
}

int main(int argc, char **argv)
{
    int status = 0;
    atexit(goodbye);
    if (argc > 1) {
        count += 41;
        exit(count);
    }
    pid_t child = vfork();
    if (child == 0) {
        execl("/proc/self/exe", argv[0], "again", (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    printf("count %d, status %d\n", count, WEXITSTATUS(status));
    return 0;
}
