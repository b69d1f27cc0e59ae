/* The child clears a megabyte "of its own": the report tells of one place, however many pages it has.
 *
 * Verdict:
 *   error damage 20 used 24
 *
 * Output:
 *   0
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    static char table[1 << 20] = {1};
    memset(table, 7, sizeof table);
    if (vfork() == 0) {
        memset(table, 0, sizeof table);
        _exit(0);
    }
    wait(NULL);
    printf("%d\n", table[1 << 19]);
    return 0;
}
