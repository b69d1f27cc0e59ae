/* Descriptors: shared offsets, flags, positions, vectors, and what survives exec. */
#define _GNU_SOURCE
#include "show.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

static void after_exec(void)
{
    for (int fd = 3; fd < 8; fd++)
        SHOW(fcntl(fd, F_GETFD));
}

int main(int argc, char **argv)
{
    char first[8] = "", second[8] = "";
    struct iovec vector[] = {{first, 3}, {second, 4}};
    if (argc > 1) {
        after_exec();
        return 0;
    }
    int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    SHOW(fd);
    SHOW(write(fd, "0123456789", 10));
    int copy = dup(fd);
    SHOW(lseek(copy, 2, SEEK_SET));
    SHOW(read(fd, first, 3));
    SHOW(lseek(copy, 0, SEEK_CUR));
    SHOW(pread(fd, first, 3, 7));
    SHOW(pread(fd, first, 3, 100));
    SHOW(pread(fd, first, 3, -1));
    SHOW(pwrite(fd, "PW", 2, 12));
    dump("file");
    SHOW(readv(fd, vector, 2));
    printf("%s %s\n", first, second);
    SHOW(preadv(fd, vector, 2, 1));
    printf("%s %s\n", first, second);
    SHOW(pwritev(fd, vector, 2, 20));
    SHOW(writev(fd, vector, 2));
    SHOW(readv(fd, vector, -1));
    dump("file");
    int other = open("file", O_WRONLY | O_APPEND);
    SHOW(lseek(other, 0, SEEK_SET));
    SHOW(write(other, "end", 3));
    SHOW(lseek(other, 0, SEEK_CUR));
    SHOW(pwrite(other, "too", 3, 0));
    SHOW(read(other, first, 1));
    dump("file");
    SHOW(fcntl(other, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    SHOW(fcntl(other, F_SETFL, O_NONBLOCK));
    SHOW(fcntl(other, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    SHOW(fcntl(fd, F_DUPFD, 10));
    SHOW(fcntl(fd, F_DUPFD, 1 << 20));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 6));
    SHOW(fcntl(6, F_GETFD));
    SHOW(dup2(fd, fd));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup2(fd, 7));
    SHOW(dup3(fd, 5, O_CLOEXEC));
    SHOW(close(99));
    SHOW(dup(99));
    SHOW(lseek(fd, -1, SEEK_SET));
    SHOW(lseek(fd, 1000, SEEK_END));
    SHOW(read(fd, first, 1));
    SHOW(ftruncate(fd, 5));
    SHOW(truncate("file", 8));
    SHOW(truncate("file", -1));
    SHOW(truncate(".", 0));
    dump("file");
    int target = open("target", O_RDWR | O_CREAT | O_TRUNC, 0644);
    off_t offset = 1;
    SHOW(sendfile(target, fd, &offset, 3));
    SHOW(offset);
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(sendfile(target, fd, NULL, 100));
    SHOW(sendfile(target, fd, NULL, 100));
    SHOW(sendfile(other, fd, NULL, 100));
    dump("target");
    SHOW(fsync(fd));
    SHOW(fdatasync(fd));
    SHOW(posix_fallocate(target, 0, 50));
    SHOW(lseek(target, 0, SEEK_END));
    close(target);
    SHOW(unlink("file"));
    SHOW(pread(fd, first, 7, 0));
    printf("%.7s\n", first);
    fflush(stdout);
    execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    return 1;
}
