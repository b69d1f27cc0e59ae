/* What the utilities that read files have in common. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "finish.h"

static int status; /* the exit status: 0, or more when something went wrong with a file */

static void usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    exit(2);
}

/* Call ``use`` with each file in ``names``, which ends with NULL; with standard input for none, and for "-". */
static void each_file(char **names, void (*use)(FILE *file, const char *name))
{
    static char *input[] = { "-", NULL };
    for (names = *names ? names : input; *names; names++) {
        int is_input = !strcmp(*names, "-");
        FILE *file = is_input ? stdin : fopen(*names, "r");
        if (!file) {
            warn("%s", *names);
            status = 2;
            continue;
        }
        use(file, *names);
        if (ferror(file)) {
            warn("%s", *names);
            status = 2;
        }
        if (!is_input)
            fclose(file);
    }
}
