/* env [-i] [-u NAME]... [NAME=VALUE]... [COMMAND [ARGUMENT]...]: runs a command with these variables, or prints them.
 *
 * -i: with no others; -u: without this one.
 *
 * Arguments: -i NAME=value
 * Expected output:
 *   NAME=value
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>

#include "options.h"

extern char **environ;

int main(int argc, char **argv)
{
    int letter;
    failure = 125;
    while ((letter = next_option(argc, argv, "+:iu:", "[-i] [-u NAME]... [NAME=VALUE]... [COMMAND [ARGUMENT]...]"))
           != -1)
        if (letter == 'i')
            clearenv();
        else
            unsetenv(optarg);
    for (argv += optind; *argv && strchr(*argv, '='); argv++)
        putenv(*argv);
    if (*argv) {
        execvp(*argv, argv);
        err(errno == ENOENT ? 127 : 126, "'%s'", *argv);
    }
    for (char **variable = environ; variable && *variable; variable++)
        puts(*variable);
    return finish(0, failure);
}
