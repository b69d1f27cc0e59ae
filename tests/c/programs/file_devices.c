/* /dev/null, /dev/zero and /dev/full, and no /dev/tty without a terminal. */
#include "show.h"
#include <sys/sysmacros.h>

int main(void) {
    char buffer[10] = "xxxxxxxxx";
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
    CALL(write(null, buffer, 10));
    CALL(read(null, buffer, 10));
    CALL(lseek(null, 100, SEEK_SET));
    CALL(write(zero, buffer, 10));
    CALL(read(zero, buffer, 9));
    SHOW(buffer[0] + buffer[8]);
    SHOW(buffer[9]);
    struct stat status;
    fstat(null, &status);
    SHOW(S_ISCHR(status.st_mode));
    SHOW(status.st_rdev == makedev(1, 3));
    stat("/dev/zero", &status);
    SHOW(status.st_rdev == makedev(1, 5));
    CALL(ftruncate(null, 0));
    CALL(open("/dev/null", O_RDONLY | O_DIRECTORY));
    CALL(open("/dev/tty", O_RDWR));
    CALL(open("/dev/missing", O_RDWR));
    CALL(isatty(null));
    CALL(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600) > 0);
    return 0;
}
