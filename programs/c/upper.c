/* Copies its input to its output in upper case.
 *
 * Input: quiet words
 * Expected output:
 *   QUIET WORDS
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <stdio.h>

int main(void)
{
    int byte;
    while ((byte = getchar()) != EOF)
        putchar(toupper(byte));
    return 0;
}
