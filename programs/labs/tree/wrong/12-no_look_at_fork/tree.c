/* A fork that fails is counted as a child, and the wait for it, which fails as well, as one that has told its size.
 *
 * fails: "no room for a child": errors
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
        if (fork() == 0)
            grow(2 * node + side, depth - 1);
        children++;
    }
    while (children-- > 0) {
        int status;
        wait(&status);
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
