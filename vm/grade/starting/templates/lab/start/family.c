/* family N: N children at the same time, and a parent that speaks last. Your name: */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 0;

    /* Make the children here, and wait for them. */

    printf("parent: %d %s\n", count, count == 1 ? "child" : "children");
    return 0;
}
