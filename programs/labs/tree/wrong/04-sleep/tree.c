/* A parent sleeps for a second at each level, in place of waiting: "they will have ended by then".
 *
 * fails: "waits for every child": rule every-child-waited
 * fails: "no room for a child": status
 */
#include <stdio.h>
#include <stdlib.h>
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
    if (depth > 0)
        sleep(depth);
    size = (2 << depth) - 1;
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
