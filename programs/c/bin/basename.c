/* basename NAME [SUFFIX]: prints a name without the folders before it, and without SUFFIX.
 *
 * Arguments: /usr/include/stdio.h .h
 * Expected output:
 *   stdio
 * Exit status: 0
 * Scheduling: any
 */
#include <libgen.h>
#include <string.h>

#include "options.h"

int main(int argc, char **argv)
{
    while (next_option(argc, argv, "+", "NAME [SUFFIX]") != -1)
        ;
    check_operands(argc, argv, 1, 2);
    char *name = *argv[optind] ? basename(argv[optind]) : "";
    size_t length = strlen(name), cut = optind + 1 < argc ? strlen(argv[optind + 1]) : 0;
    if (cut && cut < length && !strcmp(name + length - cut, argv[optind + 1]))
        length -= cut;
    printf("%.*s\n", (int)length, name);
    return finish(0, 1);
}
