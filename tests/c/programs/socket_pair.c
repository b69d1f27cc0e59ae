/* socketpair: two ends that both read and write, of the three types, shared with a child. */
#include "show.h"
#include <sys/socket.h>

static void both_ways(int type) {
    int ends[2];
    char buffer[64];
    CALL(socketpair(AF_UNIX, type, 0, ends));
    CALL(write(ends[0], "one", 3));
    CALL(write(ends[0], "two", 3));
    CALL(write(ends[1], "back", 4));
    show_read(ends[1], 4);
    show_read(ends[1], 64);
    show_read(ends[0], 64);
    struct iovec out[2] = {{"ab", 2}, {"cde", 3}}, in[2] = {{buffer, 1}, {buffer + 10, 10}};
    CALL(writev(ends[0], out, 2));
    memset(buffer, 0, sizeof buffer);
    CALL(readv(ends[1], in, 2));
    printf("[%s] [%s]\n", buffer, buffer + 10);
    CALL(lseek(ends[0], 0, SEEK_CUR));
    CALL(pread(ends[0], buffer, 1, 0));
    CALL(read(ends[0], buffer, 0));
    CALL(fcntl(ends[0], F_GETFL) == O_RDWR);
    int left = -1;
    CALL(write(ends[1], "12345", 5));
    CALL(ioctl(ends[0], FIONREAD, &left));
    SHOW(left);
    CALL(ioctl(ends[1], FIONREAD, &left));
    SHOW(left);
    close(ends[1]);
    show_read(ends[0], 64);
    show_read(ends[0], 64);
    close(ends[0]);
}

int main(void) {
    int ends[2], flags[2];
    struct stat status;
    char link[64] = "", path[64];
    both_ways(SOCK_STREAM);
    both_ways(SOCK_SEQPACKET);
    puts("with a child");
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        char byte;
        while (read(ends[1], &byte, 1) == 1) {
            byte -= 32;
            write(ends[1], &byte, 1);
        }
        _exit(5);
    }
    close(ends[1]);
    CALL(write(ends[0], "upper", 5));
    char got[6] = "";
    for (int done = 0; done < 5;)
        done += read(ends[0], got + done, 5 - done);
    puts(got);
    CALL(shutdown(ends[0], SHUT_WR));
    show_read(ends[0], 10);
    show_end("child", child);
    close(ends[0]);

    puts("what they are");
    CALL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, flags));
    SHOW(fcntl(flags[0], F_GETFD));
    TRUE(fcntl(flags[1], F_GETFL) == (O_RDWR | O_NONBLOCK));
    show_read(flags[0], 10);
    CALL(fstat(flags[0], &status));
    TRUE(S_ISSOCK(status.st_mode));
    SHOW(status.st_mode & 07777);
    SHOW(status.st_size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", flags[0]);
    TRUE(readlink(path, link, sizeof link - 1) > 0);
    snprintf(path, sizeof path, "socket:[%llu]", (unsigned long long)status.st_ino);
    TRUE(strcmp(path, link) == 0);
    CALL(open("/proc/self/fd/3", O_RDWR));
    CALL(ftruncate(flags[0], 0));
    TRUE(mmap(NULL, 4096, PROT_READ, MAP_SHARED, flags[0], 0) == MAP_FAILED);

    puts("errors");
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 7, ends));
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 1, ends));
    CALL(socketpair(AF_UNIX, 9, 0, ends));
    CALL(socketpair(AF_UNIX, 14, 0, ends));
    CALL(socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, ends));
    CALL(socketpair(99, SOCK_STREAM, 0, ends));
    CALL(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (void *)16));
    return 0;
}
