/* Through a pointer the child changes a variable of the function that called the one that called vfork.
 *
 * Verdict:
 *   error damage 17 used 26
 *
 * Output:
 *   state: child
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void start(char *state)
{
    if (vfork() == 0) {
        strcpy(state, "child");
        _exit(0);
    }
}

int main(void)
{
    char state[16] = "fresh";
    start(state);
    printf("state: %s\n", state);
    return 0;
}
