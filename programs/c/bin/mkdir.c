/* mkdir [-p] FOLDER...: makes folders; -p: with those above them, and none of them needs to be new.
 *
 * Arguments: -p /tmp/one/two
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>
#include <sys/stat.h>

#include "options.h"

/* Make a folder; with those above it none needs to be new. 1 after a message. */
static int make(const char *path, int may_be_there)
{
    struct stat found;
    if (mkdir(path, 0777) == 0)
        return 0;
    if (may_be_there && errno == EEXIST) {
        if (stat(path, &found) == 0 && S_ISDIR(found.st_mode))
            return 0;
        errno = EEXIST;
    }
    warn("cannot create directory '%s'", path);
    return 1;
}

/* Make a folder and those above it. */
static int make_all(char *path)
{
    struct stat found;
    for (char *slash = path + 1; *path && (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode)) {
            errno = ENOTDIR;
            warn("cannot create directory '%s'", path);
            return 1;
        }
        if (make(path, 1))
            return 1;
    }
    return make(path, 1);
}

int main(int argc, char **argv)
{
    int with_parents = 0, status = 0;
    while (next_option(argc, argv, "p", "[-p] FOLDER...") != -1)
        with_parents = 1;
    check_operands(argc, argv, 1, -1);
    for (char **name = argv + optind; *name; name++)
        status |= with_parents ? make_all(*name) : make(*name, 0);
    return status;
}
