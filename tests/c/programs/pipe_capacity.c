/* A pipe holds 65536 bytes; writes up to 4096 are whole or not at all. */
#include "show.h"

int main(void) {
    int ends[2];
    static char data[70000];
    memset(data, 'x', sizeof data);
    pipe2(ends, O_NONBLOCK);
    int total = 0;
    while (write(ends[1], data, 4096) == 4096)
        total += 4096;
    SHOW(total);
    CALL(write(ends[1], data, 1));
    SHOW(read(ends[0], data, 4096));
    CALL(write(ends[1], data, 8192));
    CALL(write(ends[1], data, 1));
    SHOW(read(ends[0], data, 100));
    CALL(write(ends[1], data, 4096));
    int count;
    ioctl(ends[0], FIONREAD, &count);
    SHOW(count);
    total = 0;
    for (ssize_t got; (got = read(ends[0], data, 60000)) > 0; total += got)
        ;
    SHOW(total);
    CALL(write(ends[1], data, 70000));
    CALL(read(ends[0], data, 70000));
    CALL(write(ends[1], data, 4096));
    fcntl(ends[1], F_SETFL, 0);
    SHOW(fcntl(ends[0], F_GETFL));
    return 0;
}
