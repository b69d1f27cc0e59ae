/* cp FILE TARGET, cp FILE... FOLDER: copies files, with their modes.
 *
 * Arguments: /nowhere /tmp/new
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
#include <err.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(const char *from, const char *to)
{
    char buffer[4096];
    struct stat found, there;
    int input = open(from, O_RDONLY);
    if (input < 0 || fstat(input, &found) < 0) {
        warn("%s", from);
        return 1;
    }
    if (S_ISDIR(found.st_mode)) {
        warnx("%s is a folder", from);
        return 1;
    }
    if (stat(to, &there) == 0 && there.st_dev == found.st_dev && there.st_ino == found.st_ino) {
        warnx("%s and %s are the same file", from, to);
        return 1;
    }
    int output = open(to, O_WRONLY | O_CREAT | O_TRUNC, found.st_mode & 0777);
    ssize_t size = 0;
    while (output >= 0 && (size = read(input, buffer, sizeof buffer)) > 0)
        if (write(output, buffer, (size_t)size) != size)
            size = -1, close(output), output = -1;
    if (output < 0 || size < 0)
        warn("%s", output < 0 ? to : from);
    close(input);
    return output < 0 || size < 0 || close(output) < 0;
}

int main(int argc, char **argv)
{
    struct stat found;
    const char *target = argv[argc - 1];
    int is_folder = argc > 2 && stat(target, &found) == 0 && S_ISDIR(found.st_mode), status = 0;
    if (argc < 3 || (argc > 3 && !is_folder)) {
        fprintf(stderr, "usage: cp FILE TARGET\n       cp FILE... FOLDER\n");
        return 1;
    }
    for (int i = 1; i < argc - 1; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", target, basename(argv[i]));
        status |= copy(argv[i], is_folder ? path : target);
    }
    return status;
}
