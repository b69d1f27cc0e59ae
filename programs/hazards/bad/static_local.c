/* A function of the child's remembers something in a static variable, which is the parent's as well.
 *
 * Verdict:
 *   error damage 16 used 16
 *
 * Output:
 *   call 2
 * Exit status: 0
 */
#include <stdio.h>
#include <unistd.h>

static int number(void)
{
    static int calls = 0;
    calls = calls + 1;
    return calls;
}

int main(void)
{
    if (vfork() == 0)
        _exit(number());
    printf("call %d\n", number());
    return 0;
}
