/* The child prepares the environment of the program that it means to execute, in the environment of its parent.
 *
 * Verdict:
 *   error damage 21 used 25
 *   warning unsafe-call 21
 *
 * Output:
 *   MODE is child
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char parents[] = "MODE=parent", childs[] = "MODE=child";

int main(void)
{
    putenv(parents);
    if (vfork() == 0) {
        putenv(childs);
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    printf("MODE is %s\n", getenv("MODE"));
    return 0;
}
