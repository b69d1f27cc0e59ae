/* touch [-c] FILE...: makes files that are not there, and says of the others that they have changed now.
 *
 * -c: makes none.
 *
 * Arguments: /tmp/new
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "options.h"

int main(int argc, char **argv)
{
    int status = 0, makes_none = 0;
    while (next_option(argc, argv, "c", "[-c] FILE...") != -1)
        makes_none = 1;
    if (optind == argc)
        misused("missing file operand");
    for (char **name = argv + optind; *name; name++) {
        int file = makes_none ? -1 : open(*name, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0666);
        int why = file < 0 ? errno : 0;
        if (utimensat(AT_FDCWD, *name, NULL, 0) < 0 && !(makes_none && errno == ENOENT)) {
            errno = why && why != EISDIR ? why : errno;
            warn("cannot touch '%s'", *name);
            status = 1;
        }
        if (file >= 0)
            close(file);
    }
    return status;
}
