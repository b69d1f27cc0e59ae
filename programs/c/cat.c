/* Copies its input, or the files it is given, to its output.
 *
 * Input: any lines
 * Expected output:
 *   any lines
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int copy(int file)
{
    char buffer[4096];
    ssize_t size;
    while ((size = read(file, buffer, sizeof buffer)) > 0)
        if (write(STDOUT_FILENO, buffer, (size_t)size) != size)
            return 1;
    return size < 0;
}

int main(int argc, char **argv)
{
    int status = argc < 2 ? copy(STDIN_FILENO) : 0;
    for (int i = 1; i < argc; i++) {
        int file = open(argv[i], O_RDONLY);
        if (file < 0 || copy(file)) {
            perror(argv[i]);
            status = 1;
        }
        close(file);
    }
    return status;
}
