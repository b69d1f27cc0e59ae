/* lseek: from the start, here, the end; beyond it; holes read as zeros. */
#include "show.h"

int main(void) {
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    write(fd, "0123456789", 10);
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(lseek(fd, -3, SEEK_END));
    show_read(fd, 2);
    CALL(lseek(fd, -5, SEEK_CUR));
    show_read(fd, 2);
    CALL(lseek(fd, -1, SEEK_SET));
    CALL(lseek(fd, -11, SEEK_END));
    CALL(lseek(fd, 0, 7));
    CALL(lseek(fd, 20, SEEK_SET));
    CALL(write(fd, "end", 3));
    CALL(lseek(fd, 8, SEEK_SET));
    char buffer[20];
    CALL(read(fd, buffer, sizeof buffer));
    for (int i = 0; i < 15; i++)
        printf("%d ", buffer[i]);
    puts("");
    CALL(lseek(fd, 5000000000, SEEK_SET));
    CALL(read(fd, buffer, 1));
    CALL(lseek(fd, 5000000000, SEEK_CUR));
    CALL(lseek(fd, INT64_MAX, SEEK_CUR));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(lseek(fd, 0, SEEK_DATA));
    CALL(lseek(fd, 23, SEEK_DATA));
    CALL(lseek(fd, 23, SEEK_HOLE));
    CALL(lseek(fd, 22, SEEK_HOLE));
    CALL(lseek(99, 0, SEEK_SET));
    int folder = open(".", O_RDONLY);
    CALL(lseek(folder, 0, SEEK_SET));
    return 0;
}
