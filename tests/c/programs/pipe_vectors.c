/* readv and writev on pipes and files. */
#include "show.h"

int main(void) {
    int ends[2];
    pipe2(ends, O_NONBLOCK);
    struct iovec out[] = {{"one", 3}, {"", 0}, {"two", 3}, {"three", 5}};
    CALL(writev(ends[1], out, 4));
    char first[5] = "", second[3] = "", third[20] = "";
    struct iovec in[] = {{first, 4}, {second, 2}, {third, 19}};
    CALL(readv(ends[0], in, 3));
    printf("%s|%s|%s\n", first, second, third);
    CALL(readv(ends[0], in, 3));
    CALL(writev(ends[1], out, 0));
    CALL(writev(ends[1], out, -1));
    CALL(writev(ends[1], out, 1025));
    CALL(syscall(SYS_writev, ends[1], (void *)8, 2));
    struct iovec bad[] = {{"good", 4}, {(void *)8, 4}};
    CALL(writev(99, out, 1));
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    CALL(writev(fd, bad, 2));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(writev(fd, out, 4));
    CALL(pwritev(fd, out, 1, 20));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(preadv(fd, in, 3, 2));
    printf("%s|%s|%s\n", first, second, third);
    CALL(preadv(fd, in, 3, 100));
    CALL(preadv(fd, in, 3, -1));
    CALL(pwritev(ends[1], out, 1, 0));
    return 0;
}
