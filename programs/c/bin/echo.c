/* echo [-n] [WORD]...: prints its arguments; -n: without an end of line.
 *
 * Arguments: two words
 * Expected output:
 *   two words
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>

#include "finish.h"

int main(int argc, char **argv)
{
    int is_line = argc < 2 || strcmp(argv[1], "-n");
    for (int i = is_line ? 1 : 2; i < argc; i++)
        printf("%s%s", argv[i], i + 1 < argc ? " " : "");
    if (is_line)
        putchar('\n');
    return finish(0, 1);
}
