/* An unprivileged owner may change modes, and give nothing away. */
#include "show.h"

int main(void) {
    put_file("file", "x", 0644);
    struct stat status;
    stat("file", &status);
    TRUE(status.st_uid == getuid());
    TRUE(status.st_gid == getgid());
    int fd = open("file", O_RDWR);
    CALL(chown("file", -1, -1));
    CALL(chown("file", getuid(), getgid()));
    CALL(chown("file", 0, -1));
    CALL(chown("file", -1, 0));
    CALL(fchown(fd, 0, 0));
    CALL(fchown(fd, -1, getgid()));
    CALL(fchown(99, -1, -1));
    CALL(fchownat(AT_FDCWD, "missing", -1, -1, 0));
    CALL(fchownat(AT_FDCWD, "file", -1, -1, 0x8000));
    CALL(fchmod(99, 0600));
    CALL(chmod("missing", 0600));
    CALL(chmod("file", 04755));
    stat("file", &status);
    SHOW(status.st_mode & 07777);
    CALL(chown("file", -1, getgid()));
    stat("file", &status);
    SHOW(status.st_mode & 07777);
    CALL(chmod("file", 06755));
    CALL(write(fd, "y", 1));
    stat("file", &status);
    SHOW(status.st_mode & 07777);
    CALL(chmod("/dev/null", 0600));
    CALL(open("/dev/new", O_RDWR | O_CREAT, 0600));
    CALL(unlink("/dev/null"));
    CALL(access("/dev/null", R_OK | W_OK));
    CALL(access("/dev/null", X_OK));
    CALL(access("file", 8));
    CALL(faccessat(AT_FDCWD, "file", X_OK, AT_EACCESS));
    CALL(faccessat(AT_FDCWD, "file", R_OK, 0x8000));
    return 0;
}
