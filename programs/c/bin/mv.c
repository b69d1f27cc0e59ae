/* mv [-f] FILE TARGET, mv [-f] FILE... FOLDER: gives files other names; -f: as it does anyway, without asking.
 *
 * Arguments: /nowhere /tmp/new
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
#include "copying.h"

static int move(const char *from, const char *to)
{
    struct stat found, there;
    if (lstat(from, &found) < 0) {
        warn("cannot stat '%s'", from);
        return 1;
    }
    if (lstat(to, &there) == 0 && is_same(&found, &there)) {
        warnx("'%s' and '%s' are the same file", from, to);
        return 1;
    }
    if (rename(from, to) < 0) {
        warn("cannot move '%s' to '%s'", from, to);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    while (next_option(argc, argv, "f", "[-f] FILE TARGET\n       mv [-f] FILE... FOLDER") != -1)
        ;
    return each_target(argc, argv, move);
}
