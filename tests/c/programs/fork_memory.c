/* A parent with much memory and many descriptors: every page and every offset is the child's own. */
#include "show.h"

enum { SIZE = 1 << 20 };
static unsigned char data[SIZE];

static unsigned long sum(void) {
    unsigned long total = 0;
    for (int i = 0; i < SIZE; i += 97)
        total = total * 31 + data[i];
    return total & 0xffffffff;
}

int main(void) {
    for (int i = 0; i < SIZE; i++)
        data[i] = i * 7 >> 3;
    printf("%lu\n", sum());
    int channel[2];
    pipe(channel);
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (int j = i; j < SIZE; j += 4096)
                data[j] ^= 0xff;
            unsigned long value = sum();
            write(channel[1], &value, sizeof value);
            _exit(0);
        }
        show_end("child", child);
        unsigned long value;
        read(channel[0], &value, sizeof value);
        printf("%lu %lu\n", value, sum());
    }
    return 0;
}
