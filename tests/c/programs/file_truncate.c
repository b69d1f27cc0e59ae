/* truncate and ftruncate, longer and shorter. */
#include "show.h"

static long size(const char *name) {
    struct stat status;
    return stat(name, &status) ? -1 : (long)status.st_size;
}

int main(void) {
    put_file("file", "0123456789", 0600);
    int fd = open("file", O_RDWR);
    CALL(lseek(fd, 8, SEEK_SET));
    CALL(ftruncate(fd, 4));
    SHOW(size("file"));
    CALL(lseek(fd, 0, SEEK_CUR));
    show_read(fd, 10);
    CALL(ftruncate(fd, 8));
    char buffer[10];
    CALL(pread(fd, buffer, 10, 0));
    SHOW(buffer[3]);
    SHOW(buffer[4]);
    CALL(write(fd, "x", 1));
    SHOW(size("file"));
    CALL(truncate("file", 2));
    SHOW(size("file"));
    CALL(truncate("file", -1));
    CALL(ftruncate(fd, -1));
    CALL(truncate("missing", 0));
    mkdir("folder", 0755);
    CALL(truncate("folder", 0));
    CALL(truncate("file/x", 0));
    int reader = open("file", O_RDONLY), folder = open("folder", O_RDONLY);
    CALL(ftruncate(reader, 0));
    CALL(ftruncate(folder, 0));
    CALL(ftruncate(99, 0));
    chmod("file", 0400);
    CALL(truncate("file", 0));
    CALL(ftruncate(fd, 1));
    CALL(fallocate(fd, 0, 0, 100));
    SHOW(size("file"));
    CALL(posix_fallocate(fd, 50, 100));
    SHOW(size("file"));
    CALL(fallocate(fd, 0, -1, 10));
    CALL(fallocate(fd, 0, 0, 0));
    CALL(fallocate(reader, 0, 0, 10));
    return 0;
}
