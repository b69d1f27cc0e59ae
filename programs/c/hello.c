/* The smallest C program: libc's startup code calls main, and what main returns is the exit status.
 *
 * Expected output:
 *   hello, world
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>

int main(void)
{
    puts("hello, world");
    return 0;
}
