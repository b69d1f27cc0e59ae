/* The child writes to a block that its parent has allocated.
 *
 * Verdict:
 *   error damage 20 used 23
 *
 * Output:
 *   name: *arent
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    char *name = malloc(16);
    strcpy(name, "parent");
    if (vfork() == 0) {
        name[0] = '*';
        _exit(0);
    }
    printf("name: %s\n", name);
    return 0;
}
