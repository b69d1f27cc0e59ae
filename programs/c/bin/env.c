/* env [-i] [NAME=VALUE]... [COMMAND [ARGUMENT]...]: runs a command with these variables, or prints them.
 *
 * -i: with no others.
 *
 * Arguments: -i NAME=value
 * Expected output:
 *   NAME=value
 * Exit status: 0
 * Scheduling: any
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "finish.h"

extern char **environ;

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "+i")) != -1) {
        if (option != 'i')
            return 125;
        clearenv();
    }
    for (argv += optind; *argv && strchr(*argv, '='); argv++)
        putenv(*argv);
    if (*argv) {
        execvp(*argv, argv);
        err(errno == ENOENT ? 127 : 126, "%s", *argv);
    }
    for (char **variable = environ; variable && *variable; variable++)
        puts(*variable);
    return finish(0, 125);
}
