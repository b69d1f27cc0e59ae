/* The child frees a block of its parent's. The parent allocates, and gets the block that it still uses.
 *
 * Verdict:
 *   error damage 20 used 23
 *   warning unsafe-call 20
 *
 * Output:
 *   same block: yes
 * Exit status: 0
 * Native: no
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    char *volatile block = malloc(40), *other;
    if (vfork() == 0) {
        free(block);
        _exit(0);
    }
    other = malloc(40);
    printf("same block: %s\n", other == block ? "yes" : "no");
    return 0;
}
