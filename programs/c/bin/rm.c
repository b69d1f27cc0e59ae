/* rm [-f] [-r] FILE...: removes files; -r: folders too, with what is in them; -f: what is not there is no error.
 *
 * Arguments: -f /tmp/nowhere
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#define _XOPEN_SOURCE 700
#include <err.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int forced, with_folders, status;

static void failed(const char *path)
{
    if (forced && errno == ENOENT)
        return;
    warn("%s", path);
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
    while ((option = getopt(argc, argv, "fr")) != -1)
        switch (option) {
        case 'f': forced = 1; break;
        case 'r': with_folders = 1; break;
        default: return 1;
        }
    if (optind == argc && !forced) {
        fprintf(stderr, "usage: rm [-f] [-r] FILE...\n");
        return 1;
    }
    for (char **name = argv + optind; *name; name++) {
        struct stat found;
        if (with_folders && lstat(*name, &found) == 0 && S_ISDIR(found.st_mode)
                ? nftw(*name, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 : unlink(*name) < 0)
            failed(*name);
    }
    return status;
}
