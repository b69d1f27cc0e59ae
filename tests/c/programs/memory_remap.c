/* mremap: growing where there is room, or elsewhere; shrinking; contents go along. */
#include "show.h"

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE, ANON = MAP_PRIVATE | MAP_ANONYMOUS };

static int check(const char *at, int pages) {
    for (int i = 0; i < pages; i++)
        if (at[i * PAGE] != i + 1 || at[i * PAGE + PAGE - 1] != i + 1)
            return 0;
    return 1;
}

int main(void) {
    char *area = mmap(NULL, 20 * PAGE, RW, ANON, -1, 0);
    munmap(area + 4 * PAGE, 16 * PAGE);
    for (int i = 0; i < 4; i++)
        memset(area + i * PAGE, i + 1, PAGE);
    char *grown = mremap(area, 4 * PAGE, 8 * PAGE, 0);
    TRUE(grown == area);
    TRUE(check(grown, 4));
    SHOW(grown[4 * PAGE] + grown[8 * PAGE - 1]);
    TRUE(mmap(area + 8 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == area + 8 * PAGE);
    DONE(mremap(area, 8 * PAGE, 12 * PAGE, 0) == MAP_FAILED ? -1 : 0);
    char *moved = mremap(area, 8 * PAGE, 12 * PAGE, MREMAP_MAYMOVE);
    TRUE(moved != MAP_FAILED && moved != area);
    TRUE(check(moved, 4));
    int ends[2];
    pipe(ends);
    CALL(write(ends[1], area, 1));
    char *shrunk = mremap(moved, 12 * PAGE, 3 * PAGE, 0);
    TRUE(shrunk == moved);
    TRUE(check(shrunk, 3));
    CALL(write(ends[1], moved + 3 * PAGE, 1));
    char *place = mmap(NULL, 6 * PAGE, RW, ANON, -1, 0);
    char *fixed = mremap(shrunk, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + PAGE);
    TRUE(fixed == place + PAGE);
    TRUE(check(fixed, 3));
    CALL(write(ends[1], shrunk, 1));
    char *middle = mremap(fixed + PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    SHOW(middle[0]);
    CALL(write(ends[1], fixed + PAGE, 1));
    SHOW(fixed[0] + fixed[2 * PAGE]);
    int *shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        int *other = mremap(shared, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
        other[3] = 9;
        _exit(0);
    }
    show_end("child", child);
    SHOW(shared[3]);
    return 0;
}
