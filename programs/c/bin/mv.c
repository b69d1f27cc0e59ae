/* mv FILE TARGET, mv FILE... FOLDER: gives files other names.
 *
 * Arguments: /nowhere /tmp/new
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
#include <err.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    struct stat found;
    const char *target = argv[argc - 1];
    int is_folder = argc > 2 && stat(target, &found) == 0 && S_ISDIR(found.st_mode), status = 0;
    if (argc < 3 || (argc > 3 && !is_folder)) {
        fprintf(stderr, "usage: mv FILE TARGET\n       mv FILE... FOLDER\n");
        return 1;
    }
    for (int i = 1; i < argc - 1; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", target, basename(argv[i]));
        if (rename(argv[i], is_folder ? path : target) < 0) {
            warn("%s", argv[i]);
            status = 1;
        }
    }
    return status;
}
