/* Pipes: how much they hold, what is written whole, and what becomes of writers without a reader. */
#define _GNU_SOURCE
#include "show.h"
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>

static char data[200000];

int main(void)
{
    int ends[2], count;
    struct pollfd asked[2];
    SHOW(pipe2(ends, O_NONBLOCK));
    SHOW(fcntl(ends[0], F_GETPIPE_SZ));
    SHOW(write(ends[1], data, 100000));
    SHOW(write(ends[1], data, 1));
    SHOW(ioctl(ends[0], FIONREAD, &count));
    SHOW(count);
    SHOW(read(ends[0], data, 4095));
    SHOW(write(ends[1], data, 1));
    SHOW(read(ends[0], data, 1));
    SHOW(write(ends[1], data, 4097));
    SHOW(write(ends[1], data, 1));
    SHOW(read(ends[0], data, 200000));
    SHOW(read(ends[0], data, 1));
    SHOW(fcntl(ends[0], F_SETPIPE_SZ, 10000));
    SHOW(write(ends[1], data, 100000));
    SHOW(fcntl(ends[0], F_SETPIPE_SZ, 4096));
    for (int end = 0; end < 2; end++)
        asked[end] = (struct pollfd){ends[end], POLLIN | POLLOUT, 0};
    SHOW(poll(asked, 2, 0));
    printf("%#x %#x\n", asked[0].revents, asked[1].revents);
    SHOW(lseek(ends[0], 0, SEEK_CUR));
    SHOW(pread(ends[0], data, 1, 0));
    SHOW(read(ends[1], data, 1));
    SHOW(write(ends[0], data, 1));
    SHOW(ftruncate(ends[1], 0));
    SHOW(fsync(ends[1]));
    close(ends[0]);
    SHOW(poll(asked + 1, 1, 0));
    printf("%#x\n", asked[1].revents);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(ends[1], data, 1));
    signal(SIGPIPE, SIG_DFL);
    fflush(stdout);
    if (!fork()) {
        write(ends[1], data, 1);
        _exit(0);
    }
    int status;
    wait(&status);
    printf("killed by %d\n", WTERMSIG(status));
    close(ends[1]);

    /* Several writers, pieces of up to PIPE_BUF bytes: none is torn. */
    SHOW(pipe(ends));
    fflush(stdout);
    for (int writer = 0; writer < 4; writer++) {
        if (!fork()) {
            char piece[1000];
            memset(piece, 'a' + writer, sizeof piece);
            for (int i = 0; i < 100; i++)
                write(ends[1], piece, sizeof piece);
            _exit(0);
        }
    }
    close(ends[1]);
    int totals[4] = {0}, torn = 0;
    char piece[1000];
    for (;;) {
        ssize_t size = 0, more;
        while (size < 1000 && (more = read(ends[0], piece + size, 1000 - size)) > 0)
            size += more;
        if (size < 1000)
            break;
        totals[piece[0] - 'a']++;
        for (int i = 1; i < 1000; i++)
            torn += piece[i] != piece[0];
    }
    printf("%d %d %d %d, torn %d\n", totals[0], totals[1], totals[2], totals[3], torn);
    while (wait(NULL) > 0) {}

    /* One write that is larger than the pipe goes through whole. */
    SHOW(pipe(ends));
    fflush(stdout);
    if (!fork()) {
        close(ends[0]);
        _exit(write(ends[1], data, sizeof data) == sizeof data ? 3 : 4);
    }
    close(ends[1]);
    long total = 0;
    ssize_t size;
    while ((size = read(ends[0], data, 5000)) > 0)
        total += size;
    wait(&status);
    printf("%ld, exit %d\n", total, WEXITSTATUS(status));
    return 0;
}
