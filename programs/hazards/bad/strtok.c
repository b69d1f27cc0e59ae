/* The child splits a line of its parent's in place, to make arguments of it.
 *
 * Verdict:
 *   error damage 19 used 22
 *   warning unsafe-call 19
 *
 * Output:
 *   ls
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    char line[] = "ls -l /tmp";
    if (vfork() == 0) {
        strtok(line, " ");
        _exit(0);
    }
    puts(line);
    return 0;
}
