/* printenv [NAME]...: prints the variables of the environment, or the values of these.
 *
 * The exit status is 1 when one of them is not there.
 *
 * Arguments: NOWHERE
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
#include <string.h>

#include "options.h"

extern char **environ;

int main(int argc, char **argv)
{
    int status = 0;
    failure = 2;
    while (next_option(argc, argv, "+", "[NAME]...") != -1)
        ;
    for (char **variable = environ; optind == argc && *variable; variable++)
        puts(*variable);
    for (char **name = argv + optind; *name; name++) {
        const char *value = strchr(*name, '=') ? NULL : getenv(*name);
        if (value)
            puts(value);
        else
            status = 1;
    }
    return finish(status, failure);
}
