/* What the utilities that read files have in common. */
#include <string.h>

#include "options.h"

static int status;                         /* the exit status: 0, or more when something went wrong with a file */
static const char *cannot_open = "%s";     /* what is said of a file that cannot be opened, with its name */
static const char *cannot_read = "%s";     /* or not be read */

/* Call ``use`` with each file in ``names``, which ends with NULL; with standard input for none, and for "-". */
static void each_file(char **names, void (*use)(FILE *file, const char *name))
{
    static char *input[] = { "-", NULL };
    for (names = *names ? names : input; *names; names++) {
        int is_input = !strcmp(*names, "-");
        FILE *file = is_input ? stdin : fopen(*names, "r");
        if (!file) {
            warn(cannot_open, *names);
            status = failure;
            continue;
        }
        use(file, *names);
        if (ferror(file)) {
            warn(cannot_read, *names);
            status = failure;
        }
        if (!is_input)
            fclose(file);
        check_output(failure);
    }
}
