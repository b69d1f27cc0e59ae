/* A child does its own part and then goes on in its parent's loop, since nothing ends it there.
 *
 * grow returns in the child as well: 2, 4, 8 processes come of each fork.
 *
 * fails: "children come first": output
 * fails: "grandchildren come first": output
 * fails: "knows its parent": output
 * fails: "tells the size": status
 * fails: "no process too many": rule forks-exactly
 * fails: "sleeps while it waits": limit
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int tells_parents;

static int grow(int node, int depth)
{
    int size = 1;
    int children = 0;
    for (int side = 0; depth > 0 && side < 2; side++) {
        pid_t pid = fork();
        if (pid == 0)
            size += grow(2 * node + side, depth - 1);
        if (pid < 0)
            perror("tree");
        else
            children++;
    }
    while (children-- > 0) {
        int status;
        if (wait(&status) > 0 && WIFEXITED(status))
            size += WEXITSTATUS(status);
    }
    if (tells_parents)
        printf("%d of %d\n", node, (int)getppid());
    else
        printf("%d\n", node);
    return size;
}

int main(int argc, char *argv[])
{
    tells_parents = argc > 2;
    return grow(1, argc > 1 ? atoi(argv[1]) : 0);
}
