/* touch FILE...: makes files that are not there, and says of the others that they have changed now.
 *
 * Arguments: /tmp/new
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        fprintf(stderr, "usage: touch FILE...\n");
        return 1;
    }
    for (char **name = argv + 1; *name; name++) {
        int file = open(*name, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0666);
        if (utimensat(AT_FDCWD, *name, NULL, 0) < 0) {
            warn("%s", *name);
            status = 1;
        }
        if (file >= 0)
            close(file);
    }
    return status;
}
