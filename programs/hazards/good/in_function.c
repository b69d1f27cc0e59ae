/* vfork in a function that returns, in the parent alone, and is called again with other frames around it.
 *
 * Verdict: clean
 *
 * Exit status: 0
 */
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *path)
{
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execl(path, path, (char *)0);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static int deeper(int depth)
{
    char room[100];
    room[depth] = 1;
    return depth ? deeper(depth - 1) + room[depth] - 1 : run("/no/such/program") - 127;
}

int main(void)
{
    return run("/no/such/program") - 127 + deeper(5);
}
