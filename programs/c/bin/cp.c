/* cp [-R] FILE TARGET, cp [-R] FILE... FOLDER: copies files, with their modes; -R or -r: folders with what is in them.
 *
 * Arguments: /nowhere /tmp/new
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
#include <dirent.h>
#include <fcntl.h>

#include "copying.h"

static int with_folders;

static int copy_bytes(int input, int output, const char *from, const char *to)
{
    char buffer[4096];
    ssize_t size, done = 0;
    while ((size = read(input, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0; at < size; at += done)
            if ((done = write(output, buffer + at, (size_t)(size - at))) < 0) {
                warn("error writing '%s'", to);
                return 1;
            }
    if (size < 0)
        warn("error reading '%s'", from);
    return size < 0;
}

static int copy_file(const char *from, const char *to, const struct stat *found)
{
    int input = open(from, O_RDONLY);
    if (input < 0) {
        warn("cannot open '%s' for reading", from);
        return 1;
    }
    int output = open(to, O_WRONLY | O_CREAT | O_TRUNC, found->st_mode & 0777);
    if (output < 0)
        warn("cannot create regular file '%s'", to);
    int failed = output < 0 || copy_bytes(input, output, from, to);
    close(input);
    return (output >= 0 && close(output) < 0) || failed;
}

static int copy(const char *from, const char *to);

static int copy_folder(const char *from, const char *to, const struct stat *found)
{
    struct dirent **entries;
    int failed = 0, count;
    if (mkdir(to, (found->st_mode & 0777) | 0700) < 0 && !(errno == EEXIST && is_folder(to))) {
        warn("cannot create directory '%s'", to);
        return 1;
    }
    if ((count = scandir(from, &entries, NULL, alphasort)) < 0) {
        warn("cannot access '%s'", from);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char inner[4096], target[4096];
        const char *name = entries[i]->d_name;
        int length = snprintf(inner, sizeof inner, "%s/%s", from, name);
        int other = snprintf(target, sizeof target, "%s/%s", to, name);
        if (length >= (int)sizeof inner || other >= (int)sizeof target)
            warnx("'%s/%s': %s", from, name, strerror(ENAMETOOLONG)), failed = 1;
        else if (strcmp(name, ".") && strcmp(name, ".."))
            failed |= copy(inner, target);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

/* Whether a path lies in a folder, or is it. */
static int is_within(const char *path, const struct stat *folder)
{
    char above[4096];
    struct stat found;
    snprintf(above, sizeof above, "%s", path);
    for (int i = 0; i < 100; i++) {
        if (stat(above, &found) == 0 && is_same(&found, folder))
            return 1;
        char *parent = dirname(above);
        if (!strcmp(parent, ".") || !strcmp(parent, "/"))
            return 0;
        memmove(above, parent, strlen(parent) + 1);
    }
    return 0;
}

static int copy(const char *from, const char *to)
{
    struct stat found, there;
    if (stat(from, &found) < 0) {
        warn("cannot stat '%s'", from);
        return 1;
    }
    if (S_ISDIR(found.st_mode) && !with_folders) {
        warnx("-r not specified; omitting directory '%s'", from);
        return 1;
    }
    if (S_ISDIR(found.st_mode) && is_within(to, &found)) {
        warnx("cannot copy a directory, '%s', into itself, '%s'", from, to);
        return 1;
    }
    if (stat(to, &there) == 0 && is_same(&found, &there)) {
        warnx("'%s' and '%s' are the same file", from, to);
        return 1;
    }
    return S_ISDIR(found.st_mode) ? copy_folder(from, to, &found) : copy_file(from, to, &found);
}

int main(int argc, char **argv)
{
    while (next_option(argc, argv, "rR", "[-R] FILE TARGET\n       cp [-R] FILE... FOLDER") != -1)
        with_folders = 1;
    return each_target(argc, argv, copy);
}
