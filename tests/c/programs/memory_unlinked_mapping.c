/* A private mapping shows its file though nothing else of it is left: neither a name nor a descriptor. */
#include "show.h"

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static char *shown(int protection, int pages) {
    int fd = open("gone", O_RDWR | O_CREAT | O_EXCL, 0600);
    char bytes[PAGE];
    for (int page = 0; page < pages; page++) {
        memset(bytes, 'a' + page, PAGE);
        write(fd, bytes, PAGE);
    }
    char *map = mmap(NULL, pages * PAGE, protection, MAP_PRIVATE, fd, 0);
    close(fd);
    unlink("gone");
    return map;
}

int main(void) {
    char *map = shown(RW, 3);
    map[0] = 'x';
    printf("%c %c\n", map[0], map[PAGE]);
    printf("%d\n", madvise(map, 3 * PAGE, MADV_DONTNEED));
    printf("%c %c %c\n", map[0], map[PAGE], map[3 * PAGE - 1]);
    pid_t child = fork();
    if (child == 0) {
        map[PAGE] = 'y';
        madvise(map, 3 * PAGE, MADV_DONTNEED);
        _exit(map[PAGE]);
    }
    show_end("child", child);
    munmap(map, PAGE);
    madvise(map + PAGE, 2 * PAGE, MADV_DONTNEED);
    printf("%c %c\n", map[PAGE], map[2 * PAGE]);
    munmap(map + PAGE, 2 * PAGE);
    for (int round = 0; round < 1000; round++) {
        char *other = shown(PROT_READ, 1);
        madvise(other, PAGE, MADV_DONTNEED);
        if (other[100] != 'a')
            puts("not there");
        munmap(other, PAGE);
    }
    puts("done");
    printf("%d %d\n", msync(map, SIZE_MAX, MS_SYNC), munlock(map, SIZE_MAX));
    return 0;
}
