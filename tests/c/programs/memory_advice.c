/* madvise, msync, mlock: what shows, and what only has to be accepted. */
#include "show.h"

int main(void) {
    char *area = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(area, 9, 4 * 4096);
    CALL(madvise(area, 4096, MADV_NORMAL));
    CALL(madvise(area, 4096, MADV_RANDOM));
    CALL(madvise(area, 4096, MADV_SEQUENTIAL));
    CALL(madvise(area, 4096, MADV_WILLNEED));
    SHOW(area[0]);
    CALL(madvise(area + 4096, 8192, MADV_DONTNEED));
    SHOW(area[4095]);
    SHOW(area[4096]);
    SHOW(area[3 * 4096 - 1]);
    SHOW(area[3 * 4096]);
    CALL(madvise(area, 0, MADV_DONTNEED));
    CALL(mprotect(area, 4096, PROT_READ));
    CALL(madvise(area, 4096, MADV_DONTNEED));
    SHOW(area[0]);
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 5;
    CALL(madvise(shared, 4096, MADV_DONTNEED));
    SHOW(shared[0]);
    CALL(msync(shared, 4096, MS_SYNC));
    CALL(msync(area, 4096, MS_ASYNC | MS_INVALIDATE));
    CALL(mlock(area, 4096));
    CALL(munlock(area, 4096));
    CALL(mlockall(0));
    CALL(mlockall(MCL_CURRENT));
    CALL(munlockall());
    put_file("file", "file bytes", 0600);
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("file", O_RDONLY), 0);
    map[0] = 'F';
    CALL(madvise(map, 4096, MADV_DONTNEED));
    puts(map);
    return 0;
}
