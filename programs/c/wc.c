/* Counts lines, words and bytes of its input.
 *
 * Input: three short words
 * Expected output:
 *   1 3 18
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <stdio.h>

int main(void)
{
    int byte, inside = 0, lines = 0, words = 0, bytes = 0;
    while ((byte = getchar()) != EOF) {
        bytes++;
        lines += byte == '\n';
        words += !inside && !isspace(byte);
        inside = !isspace(byte);
    }
    printf("%d %d %d\n", lines, words, bytes);
    return 0;
}
