/* statx itself, where the C library only uses it. */
#include "show.h"

int main(void) {
    put_file("file", "12345", 0640);
    symlink("file", "link");
    struct statx status;
    memset(&status, 0xff, sizeof status);
    CALL(syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &status));
    SHOW((status.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    SHOW(status.stx_size);
    SHOW(status.stx_mode);
    SHOW(status.stx_nlink);
    TRUE(status.stx_uid == getuid());
    CALL(syscall(SYS_statx, AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status));
    SHOW(S_ISLNK(status.stx_mode));
    int fd = open("file", O_RDONLY);
    CALL(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &status));
    SHOW(status.stx_size);
    CALL(syscall(SYS_statx, fd, "", 0, STATX_SIZE, &status));
    CALL(syscall(SYS_statx, AT_FDCWD, "file", 0x10, STATX_SIZE, &status));
    CALL(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x80000000, &status));
    CALL(syscall(SYS_statx, AT_FDCWD, "file", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, 1, &status));
    CALL(syscall(SYS_statx, AT_FDCWD, "file", 0, 1, (void *)8));
    CALL(syscall(SYS_statx, AT_FDCWD, (void *)8, 0, 1, &status));
    CALL(syscall(SYS_statx, 99, "file", 0, 1, &status));
    CALL(syscall(SYS_statx, AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &status));
    SHOW(status.stx_rdev_major * 100 + status.stx_rdev_minor);
    return 0;
}
