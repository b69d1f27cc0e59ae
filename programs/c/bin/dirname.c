/* dirname NAME...: prints names without what is behind their last slash.
 *
 * Arguments: /usr/bin/env
 * Expected output:
 *   /usr/bin
 * Exit status: 0
 * Scheduling: any
 */
#include <libgen.h>

#include "options.h"

int main(int argc, char **argv)
{
    while (next_option(argc, argv, "", "NAME...") != -1)
        ;
    check_operands(argc, argv, 1, -1);
    for (char **name = argv + optind; *name; name++)
        puts(dirname(*name));
    return finish(0, 1);
}
