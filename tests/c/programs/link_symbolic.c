/* Symbolic links: to files, directories, nothing, themselves. */
#include "show.h"

int main(void) {
    char target[300] = "";
    struct stat status;
    put_file("file", "text", 0640);
    mkdir("folder", 0755);
    CALL(symlink("file", "link"));
    CALL(symlink("file", "link"));
    CALL(symlink("x", "missing/link"));
    CALL(symlink("", "empty"));
    CALL(readlink("link", target, sizeof target));
    puts(target);
    memset(target, 0, sizeof target);
    CALL(readlink("link", target, 2));
    puts(target);
    CALL(readlink("file", target, 10));
    CALL(readlink("missing", target, 10));
    CALL(syscall(SYS_readlinkat, AT_FDCWD, "link", target, 0));
    CALL(syscall(SYS_readlinkat, AT_FDCWD, "link", (void *)8, 10));
    CALL(lstat("link", &status));
    SHOW(S_ISLNK(status.st_mode));
    SHOW(status.st_size);
    SHOW(status.st_mode & 07777);
    CALL(stat("link", &status));
    SHOW(status.st_mode & 07777);
    CALL(chmod("link", 0600));
    stat("file", &status);
    SHOW(status.st_mode & 07777);
    show_file("link");
    CALL(symlink("folder", "directory"));
    put_file("directory/inside", "within", 0600);
    show_file("folder/inside");
    CALL(rmdir("directory"));
    CALL(unlink("directory"));
    CALL(symlink("self", "self"));
    CALL(open("self", O_RDONLY));
    CALL(open("self", O_RDWR | O_CREAT, 0600));
    CALL(lstat("self", &status));
    CALL(stat("self", &status));
    CALL(unlink("link"));
    CALL(access("file", F_OK));
    CALL(symlink("/", "root"));
    CALL(access("root/dev/null", W_OK));
    char *real = realpath("folder/../file", NULL);
    TRUE(real && !strcmp(strrchr(real, '/'), "/file"));
    CALL(lchown("self", -1, -1));
    CALL(fchmodat(AT_FDCWD, "self", 0600, AT_SYMLINK_NOFOLLOW));
    return 0;
}
