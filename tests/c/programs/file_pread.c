/* pread and pwrite leave the offset where it is. */
#include "show.h"

int main(void) {
    char buffer[20] = "";
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    CALL(write(fd, "0123456789", 10));
    CALL(pread(fd, buffer, 4, 3));
    puts(buffer);
    CALL(pread(fd, buffer, 4, 8));
    CALL(pread(fd, buffer, 4, 10));
    CALL(pread(fd, buffer, 4, 5000000000));
    CALL(pread(fd, buffer, 4, -1));
    CALL(pwrite(fd, "ABC", 3, 5));
    CALL(pwrite(fd, "tail", 4, 12));
    CALL(pwrite(fd, "x", 1, -1));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(pread(fd, buffer, 16, 0));
    SHOW(buffer[10]);
    buffer[10] = buffer[11] = '.';
    puts(buffer);
    CALL(pread(99, buffer, 1, 0));
    CALL(pread(fd, (void *)8, 1, 0));
    CALL(pwrite(fd, (void *)8, 1, 0));
    int reader = open("file", O_RDONLY);
    CALL(pwrite(reader, "x", 1, 0));
    return 0;
}
