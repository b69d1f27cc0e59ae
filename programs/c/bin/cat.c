/* cat [FILE]...: copies its input, or the files that it is given, to its output.
 *
 * Input: any lines
 * Expected output:
 *   any lines
 * Exit status: 0
 * Scheduling: any
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void put(const char *bytes, ssize_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, (size_t)size);
        if (written < 0)
            err(1, "standard output");
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

int main(int argc, char **argv)
{
    static char *input[] = { "-", NULL };
    int status = 0;
    for (char **name = argc > 1 ? argv + 1 : input; *name; name++) {
        int file = strcmp(*name, "-") ? open(*name, O_RDONLY) : STDIN_FILENO;
        if (file < 0 || copy(file) < 0) {
            warn("%s", *name);
            status = 1;
        }
        if (file > STDIN_FILENO)
            close(file);
    }
    return status;
}
