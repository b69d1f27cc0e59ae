/* malloc, calloc, realloc, free: a long random walk, checked byte by byte. */
#include "show.h"

enum { SLOTS = 64, STEPS = 400 };

static unsigned seed = 12345;

static unsigned next(void) {
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

int main(void) {
    unsigned char *block[SLOTS] = {0};
    size_t size[SLOTS] = {0};
    long live = 0, peak = 0, bad = 0;
    for (int step = 0; step < STEPS; step++) {
        int i = next() % SLOTS;
        for (size_t j = 0; j < size[i]; j += 61)
            bad += block[i][j] != (unsigned char)(i * 31 + j);
        live -= size[i];
        size_t wanted = next() % 16 == 0 ? next() % 300000 : next() % 2000;
        if (next() % 3 == 0) {
            free(block[i]);
            block[i] = calloc(1, wanted + 1);
            for (size_t j = 0; j < wanted; j += 7)
                bad += block[i][j] != 0;
        } else {
            size_t kept = size[i] < wanted ? size[i] : wanted;
            block[i] = realloc(block[i], wanted + 1);
            for (size_t j = 0; j < kept; j += 61)
                bad += block[i][j] != (unsigned char)(i * 31 + j);
        }
        size[i] = wanted;
        for (size_t j = 0; j < wanted; j++)
            block[i][j] = i * 31 + j;
        live += wanted;
        peak = live > peak ? live : peak;
    }
    SHOW(bad);
    SHOW(live);
    SHOW(peak);
    void *aligned;
    CALL(posix_memalign(&aligned, 4096, 100));
    SHOW((uintptr_t)aligned % 4096);
    return 0;
}
