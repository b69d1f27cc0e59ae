/* mkdir [-p] FOLDER...: makes folders; -p: with those above them, and none of them needs to be new.
 *
 * Arguments: -p /tmp/one/two
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_all(char *path)
{
    struct stat found;
    for (char *slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        mkdir(path, 0777); /* what cannot be made makes the next one fail, unless it is there */
    }
    return mkdir(path, 0777) < 0 && !(errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)) ? -1 : 0;
}

int main(int argc, char **argv)
{
    int option, with_parents = 0, status = 0;
    while ((option = getopt(argc, argv, "p")) != -1) {
        if (option != 'p')
            return 1;
        with_parents = 1;
    }
    if (optind == argc) {
        fprintf(stderr, "usage: mkdir [-p] FOLDER...\n");
        return 1;
    }
    for (char **name = argv + optind; *name; name++)
        if ((with_parents ? make_all(*name) : mkdir(*name, 0777)) < 0) {
            warn("%s", *name);
            status = 1;
        }
    return status;
}
