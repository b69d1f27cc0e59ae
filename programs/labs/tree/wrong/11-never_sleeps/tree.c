/* A parent asks again and again whether a child has ended, and takes the processor from the child meanwhile.
 *
 * fails: "sleeps while it waits": limit
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int tells_parents;

static void grow(int node, int depth)
{
    int size = 1;
    int children = 0;
    for (int side = 0; depth > 0 && side < 2; side++) {
        pid_t pid = fork();
        if (pid == 0)
            grow(2 * node + side, depth - 1);
        if (pid < 0)
            perror("tree");
        else
            children++;
    }
    while (children > 0) {
        int status;
        if (waitpid(-1, &status, WNOHANG) > 0) {
            size += WEXITSTATUS(status);
            children--;
        }
    }
    if (tells_parents)
        printf("%d of %d\n", node, (int)getppid());
    else
        printf("%d\n", node);
    exit(size);
}

int main(int argc, char *argv[])
{
    tells_parents = argc > 2;
    grow(1, argc > 1 ? atoi(argv[1]) : 0);
}
