/* Makes the right child first and waits for it first, by its pid. A loop in place of recursion: a child goes down. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t make_child(void)
{
    pid_t pid = fork();
    if (pid < 0)
        fputs("fork failed\n", stderr);
    return pid;
}

static int size_of(pid_t pid)
{
    int status = 0;
    if (pid > 0)
        waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

int main(int argc, char *argv[])
{
    int node = 1;
    int depth = argc > 1 ? atoi(argv[1]) : 0;
    pid_t left = -1, right = -1;
    while (depth > 0) {
        depth--;
        if ((right = make_child()) == 0) {
            node = 2 * node + 1;
        } else if ((left = make_child()) == 0) {
            node = 2 * node;
        } else {
            break;
        }
        left = right = -1;
    }
    int size = 1 + size_of(right) + size_of(left);
    if (argc > 2)
        printf("%d of %d\n", node, getppid());
    else
        printf("%d\n", node);
    return size;
}
