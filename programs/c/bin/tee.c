/* tee [-a] [-i] [FILE]...: copies its input to its output and to files; -a: behind what they hold; -i: ignores SIGINT.
 *
 * Arguments: /dev/null
 * Input: any lines
 * Expected output:
 *   any lines
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <signal.h>

#include "options.h"

static int status;

/* Write all of a block; -1 after a message, and then no more is written there. */
static int put(int file, const char *name, const char *block, ssize_t size)
{
    while (size > 0) {
        ssize_t written = write(file, block, (size_t)size);
        if (written < 0) {
            warn("%s", name);
            status = 1;
            return -1;
        }
        block += written;
        size -= written;
    }
    return file;
}

int main(int argc, char **argv)
{
    char block[4096];
    int letter, flags = O_TRUNC;
    while ((letter = next_option(argc, argv, "ai", "[-a] [-i] [FILE]...")) != -1)
        if (letter == 'a')
            flags = O_APPEND;
        else
            signal(SIGINT, SIG_IGN);
    int count = argc - optind, open_files = 1;
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0) /* so that no other file takes its place */
        open("/dev/null", O_RDONLY);
    int *files = calloc((size_t)count + 1, sizeof *files);
    if (!files)
        err(1, "memory");
    argv += optind;
    files[count] = STDOUT_FILENO;
    argv[count] = "standard output";
    for (int i = 0; i < count; i++) {
        files[i] = open(argv[i], O_WRONLY | O_CREAT | flags, 0666);
        open_files += files[i] >= 0;
        if (files[i] < 0) {
            warn("%s", argv[i]);
            status = 1;
        }
    }
    ssize_t size;
    while (open_files && (size = read(STDIN_FILENO, block, sizeof block)) > 0)
        for (int i = count; i >= 0; i--)
            if (files[i] >= 0 && (files[i] = put(files[i], i == count ? "standard output" : argv[i], block, size)) < 0)
                open_files--;
    return status;
}
