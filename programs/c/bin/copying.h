/* What cp and mv have in common: where each file goes. */
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "options.h"

static int is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static int is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* Call ``move`` with each operand but the last, and where it goes; the exit status. */
static int each_target(int argc, char **argv, int (*move)(const char *from, const char *to))
{
    int status = 0;
    const char *target = argv[argc - 1];
    if (optind == argc)
        misused("missing file operand");
    if (optind + 1 == argc)
        misused("missing destination file operand after '%s'", argv[optind]);
    int into_folder = is_folder(target);
    if (optind + 2 < argc && !into_folder) {
        struct stat found;
        errno = stat(target, &found) == 0 ? ENOTDIR : errno;
        err(1, "target '%s'", target);
    }
    for (int i = optind; i < argc - 1; i++) {
        char path[4096], name[4096];
        snprintf(name, sizeof name, "%s", argv[i]);
        snprintf(path, sizeof path, "%s%s%s", target, target[strlen(target) - 1] == '/' ? "" : "/", basename(name));
        status |= move(argv[i], into_folder ? path : target);
    }
    return status;
}
