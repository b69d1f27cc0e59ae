/* Reading and writing a file: short counts, the end, bad buffers, bad descriptors. */
#include "show.h"

int main(void) {
    char buffer[100];
    int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CALL(write(fd, "0123456789", 10));
    CALL(read(fd, buffer, 10));
    CALL(lseek(fd, 4, SEEK_SET));
    show_read(fd, 3);
    show_read(fd, 100);
    show_read(fd, 100);
    CALL(read(fd, buffer, 0));
    CALL(write(fd, buffer, 0));
    CALL(write(fd, (void *)8, 4));
    CALL(write(fd, (void *)8, 0));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(read(fd, (void *)8, 4));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(read(fd, "constant", 4));
    CALL(read(99, buffer, 1));
    CALL(read(-1, buffer, 1));
    CALL(write(99, buffer, 1));
    CALL(close(99));
    CALL(close(-1));
    int reader = open("file", O_RDONLY), writer = open("file", O_WRONLY);
    CALL(write(reader, "x", 1));
    CALL(read(writer, buffer, 1));
    CALL(write(writer, "abc", 3));
    show_read(reader, 20);
    CALL(close(writer));
    CALL(close(writer));
    CALL(fsync(fd));
    CALL(fdatasync(fd));
    CALL(fsync(99));
    sync();
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    memset(pages, 'p', 4096);
    CALL(write(fd, pages + 4090, 6));
    CALL(write(fd, pages + 4096, 6));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(read(fd, pages + 4090, 6));
    return 0;
}
