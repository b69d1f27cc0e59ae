/* rm [-f] [-r] FILE...: removes files; -r: folders too, with what is in them; -f: what is not there is no error.
 *
 * Arguments: -f /tmp/nowhere
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <sys/stat.h>

#include "options.h"

static int forced, with_folders, status;

static void failed(const char *path)
{
    if (forced && errno == ENOENT)
        return;
    warn("cannot remove '%s'", path);
    status = 1;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found, (void)kind, (void)place;
    if (remove(path) < 0)
        failed(path);
    return 0;
}

int main(int argc, char **argv)
{
    int option;
    while ((option = next_option(argc, argv, "fRr", "[-f] [-r] FILE...")) != -1)
        if (option == 'f')
            forced = 1;
        else
            with_folders = 1;
    if (!forced)
        check_operands(argc, argv, 1, -1);
    for (char **name = argv + optind; *name; name++) {
        struct stat found;
        if (with_folders && lstat(*name, &found) == 0 && S_ISDIR(found.st_mode)
                ? nftw(*name, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 : unlink(*name) < 0)
            failed(*name);
    }
    return status;
}
