/* The calls that start at a directory's descriptor. */
#include "show.h"

int main(void) {
    CALL(mkdirat(AT_FDCWD, "base", 0755));
    int base = open("base", O_RDONLY | O_DIRECTORY), file;
    CALL(mkdirat(base, "sub", 0755));
    file = openat(base, "sub/file", O_RDWR | O_CREAT, 0640);
    write(file, "12345", 5);
    struct stat status;
    CALL(fstatat(base, "sub/file", &status, 0));
    SHOW(status.st_size);
    CALL(fstatat(file, "", &status, AT_EMPTY_PATH));
    SHOW(status.st_size);
    CALL(fstatat(file, "", &status, 0));
    CALL(fstatat(file, "x", &status, 0));
    CALL(fstatat(99, "x", &status, 0));
    CALL(fstatat(base, "sub/file", &status, 0x10));
    CALL(symlinkat("sub/file", base, "link"));
    char target[20] = "";
    CALL(readlinkat(base, "link", target, sizeof target));
    puts(target);
    CALL(fstatat(base, "link", &status, 0));
    SHOW(S_ISLNK(status.st_mode));
    CALL(fstatat(base, "link", &status, AT_SYMLINK_NOFOLLOW));
    SHOW(S_ISLNK(status.st_mode));
    CALL(linkat(base, "link", base, "hard", 0));
    CALL(fstatat(base, "hard", &status, AT_SYMLINK_NOFOLLOW));
    SHOW(S_ISLNK(status.st_mode));
    CALL(linkat(base, "link", base, "followed", AT_SYMLINK_FOLLOW));
    CALL(fstatat(base, "followed", &status, AT_SYMLINK_NOFOLLOW));
    SHOW(status.st_nlink);
    CALL(renameat(base, "followed", AT_FDCWD, "outside"));
    CALL(faccessat(AT_FDCWD, "outside", R_OK, 0));
    CALL(faccessat(base, "followed", F_OK, 0));
    CALL(faccessat(base, "link", F_OK, AT_SYMLINK_NOFOLLOW));
    CALL(fchmodat(base, "sub/file", 0604, 0));
    CALL(fstatat(AT_FDCWD, "outside", &status, 0));
    SHOW(status.st_mode & 07777);
    CALL(fchownat(base, "sub/file", -1, -1, 0));
    CALL(unlinkat(base, "sub", 0));
    CALL(unlinkat(base, "sub", AT_REMOVEDIR));
    CALL(unlinkat(base, "sub/file", 0));
    CALL(unlinkat(base, "sub", AT_REMOVEDIR));
    CALL(openat(base, "../prog", O_RDONLY) > 0);
    char absolute[5000];
    getcwd(absolute, sizeof absolute);
    strcat(absolute, "/outside");
    CALL(openat(99, absolute, O_RDONLY) > 0);
    CALL(mkdirat(file, "x", 0700));
    CALL(symlinkat("", base, "nothing"));
    CALL(symlinkat("x", base, ""));
    return 0;
}
