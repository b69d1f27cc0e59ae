/* The child calls exit: the function that the parent has registered runs in the child, and no more in the parent.
 *
 * Verdict:
 *   error exit 23
 *
 * Output:
 *   goodbye from the child
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void goodbye(void)
{
    printf("goodbye from the child\n");
}

int main(void)
{
    atexit(goodbye);
    if (vfork() == 0)
        exit(0);
    return 0;
}
