/* A megabyte from child to parent, and back: writers wait for readers. */
#include "show.h"

enum { SIZE = 1 << 20 };

static unsigned sum(unsigned total, const unsigned char *data, int size) {
    for (int i = 0; i < size; i++)
        total = total * 31 + data[i];
    return total;
}

int main(void) {
    static unsigned char data[SIZE];
    int down[2], up[2];
    pipe(down);
    pipe(up);
    pid_t child = fork();
    if (child == 0) {
        close(down[1]);
        close(up[0]);
        unsigned total = 0;
        int count = 0;
        for (ssize_t got; (got = read(down[0], data, 10000)) > 0; count += got)
            total = sum(total, data, got);
        printf("child read %d, sum %u\n", count, total);
        for (int i = 0; i < SIZE; i++)
            data[i] = i >> 5;
        printf("child wrote %d\n", (int)write(up[1], data, SIZE));
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    for (int i = 0; i < SIZE; i++)
        data[i] = i * i >> 7;
    printf("sum %u\n", sum(0, data, SIZE));
    SHOW(write(down[1], data, SIZE));
    close(down[1]);
    unsigned total = 0;
    int count = 0;
    for (ssize_t got; (got = read(up[0], data, SIZE)) > 0; count += got)
        total = sum(total, data, got);
    show_end("child", child);
    printf("parent read %d, sum %u\n", count, total);
    return 0;
}
