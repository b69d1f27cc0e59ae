/* The number is printed before the fork and the newline after it: what waits in the buffer is copied with the rest.
 *
 * At a terminal as well: nothing is written there before the newline.
 *
 * fails: "children come first": output
 * fails: "grandchildren come first": output
 * fails: "knows its parent": output
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int tells_parents;

static void grow(int node, int depth)
{
    int size = 1;
    printf("%d", node);
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
        int status;
        if (wait(&status) > 0 && WIFEXITED(status))
            size += WEXITSTATUS(status);
    }
    if (tells_parents)
        printf(" of %d\n", (int)getppid());
    else
        printf("\n");
    exit(size);
}

int main(int argc, char *argv[])
{
    tells_parents = argc > 2;
    grow(1, argc > 1 ? atoi(argv[1]) : 0);
}
