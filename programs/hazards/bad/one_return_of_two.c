/* A function that starts a child, and in the child returns: told at that return, not at the end of the function, and
 * all that goes wrong afterwards with it.
 *
 * Verdict:
 *   error return 17 used 20
 *
 * Instructions: 1000000
 * Native: no
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(void)
{
    if (vfork() == 0)
        return 1;
    wait(NULL);
    return 0;
}

int main(void)
{
    int is_child = start();
    printf("%s\n", is_child ? "child" : "parent");
    _exit(0);
}
