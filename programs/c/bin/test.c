/* test EXPRESSION, [ EXPRESSION ]: what is to be said of files, texts and numbers: 0 for true, 1 for false, 2 for errors.
 *
 * -e -f -d -r -w -x -s -L ... FILE, -n TEXT, -z TEXT, TEXT = TEXT, TEXT != TEXT, NUMBER -eq -ne -lt -le -gt -ge NUMBER,
 * ! EXPRESSION, EXPRESSION -a EXPRESSION, EXPRESSION -o EXPRESSION, ( EXPRESSION ).
 *
 * Arguments: 3 -gt 2
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sh/test.h"

int main(int argc, char **argv)
{
    struct testing own = { .words = argv + 1, .count = argc - 1 };
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    if (!strcmp(name, "[")) {
        if (strcmp(argv[argc - 1], "]"))
            errx(2, "missing ']'");
        own.count--;
    }
    int status = run_test(&own);
    if (own.problem && own.where)
        warnx("%s: %s", own.where, own.problem);
    else if (own.problem)
        warnx("%s", own.problem);
    return status;
}
