/* wait is called with a name that was never declared: this does not compile.
 *
 * fails: "builds and starts": build
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
    while (children-- > 0) {
        if (wait(&status) > 0 && WIFEXITED(status))
            size += WEXITSTATUS(status);
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
