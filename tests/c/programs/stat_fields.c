/* What stat says of every kind of file. */
#include "show.h"

static void show(const char *name) {
    struct stat status;
    if (lstat(name, &status)) {
        printf("%s: %s\n", name, strerror(errno));
        return;
    }
    int is_directory = S_ISDIR(status.st_mode);
    printf("%s: mode %06o size %lld names %d mine %d %d\n", name, (unsigned)status.st_mode,
           is_directory ? 0 : (long long)status.st_size, is_directory ? 0 : (int)status.st_nlink,
           status.st_uid == getuid(), status.st_gid == getgid());
}

int main(void) {
    put_file("empty", "", 0600);
    put_file("small", "12345", 0751);
    mkdir("folder", 0750);
    symlink("12345678", "link");
    mkfifo("fifo", 0644);
    link("small", "other");
    show("empty");
    show("small");
    show("folder");
    show("link");
    show("fifo");
    show("missing");
    show("/dev/null");
    int fd = open("big", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 5000000000);
    show("big");
    unlink("big");
    struct stat one, two;
    stat("small", &one);
    stat("other", &two);
    TRUE(one.st_ino == two.st_ino);
    stat("empty", &two);
    TRUE(one.st_ino != two.st_ino);
    TRUE(one.st_dev == two.st_dev);
    SHOW(one.st_blksize);
    stat(".", &one);
    stat("folder/..", &two);
    TRUE(one.st_ino == two.st_ino);
    CALL(fstat(99, &one));
    CALL(stat("small/x", &one));
    CALL(stat("", &one));
    CALL(fstat(0, &one));
    CALL(fstat(1, &one));
    return 0;
}
