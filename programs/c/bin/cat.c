/* cat [FILE]...: copies its input, or the files that it is given, to its output.
 *
 * Input: any lines
 * Expected output:
 *   any lines
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "options.h"

static void put(const char *bytes, ssize_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, (size_t)size);
        if (written < 0)
            err(1, "write error");
        bytes += written;
        size -= written;
    }
}

static int copy(int file)
{
    char buffer[4096];
    ssize_t size;
    while ((size = read(file, buffer, sizeof buffer)) > 0)
        put(buffer, size);
    return (int)size;
}

/* Whether a file is the one that the output goes to, so that it would never end. */
static int is_output(int file)
{
    struct stat in, out;
    return fstat(file, &in) == 0 && fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(in.st_mode)
        && in.st_dev == out.st_dev && in.st_ino == out.st_ino && lseek(file, 0, SEEK_CUR) < in.st_size;
}

int main(int argc, char **argv)
{
    static char *input[] = { "-", NULL };
    struct stat found;
    int status = 0;
    while (next_option(argc, argv, "u", "[FILE]...") != -1)
        ; /* -u: not buffered, as it is anyway */
    if (fstat(STDOUT_FILENO, &found) < 0) /* a file that is opened would take its place */
        err(1, "standard output");
    for (char **name = optind < argc ? argv + optind : input; *name; name++) {
        int file = strcmp(*name, "-") ? open(*name, O_RDONLY) : STDIN_FILENO;
        if (file >= 0 && is_output(file)) {
            warnx("%s: input file is output file", *name);
            status = 1;
        } else if (file < 0 || copy(file) < 0) {
            warn("%s", *name);
            status = 1;
        }
        if (file > STDIN_FILENO)
            close(file);
    }
    return status;
}
