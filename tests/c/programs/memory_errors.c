/* What mmap, munmap, mprotect and mremap refuse. */
#include "show.h"

#define MAP(...) show_done("mmap(" #__VA_ARGS__ ")", mmap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
#define REMAP(...) show_done("mremap(" #__VA_ARGS__ ")", mremap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)

int main(void) {
    put_file("file", "text", 0600);
    int fd = open("file", O_RDONLY), writer = open("file", O_WRONLY), folder = open(".", O_RDONLY), ends[2];
    pipe(ends);
    enum { RW = PROT_READ | PROT_WRITE, ANON = MAP_PRIVATE | MAP_ANONYMOUS };
    MAP(NULL, 0, RW, ANON, -1, 0);
    MAP(NULL, 4096, RW, MAP_ANONYMOUS, -1, 0);
    MAP(NULL, 4096, RW, MAP_PRIVATE, -1, 0);
    MAP(NULL, 4096, RW, MAP_PRIVATE, 99, 0);
    MAP(NULL, 4096, RW, MAP_PRIVATE, fd, 4095);
    MAP(NULL, 4096, RW, MAP_PRIVATE, fd, 0);
    MAP(NULL, 4096, RW, MAP_SHARED, fd, 0);
    MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, writer, 0);
    MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, folder, 0);
    MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, ends[0], 0);
    MAP((void *)0x100001, 4096, RW, ANON | MAP_FIXED, -1, 0);
    char *three = mmap(NULL, 3 * 4096, RW, ANON, -1, 0);
    MAP(three, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    TRUE(mmap(three, 4096, RW, ANON, -1, 0) != three);
    three[0] = 1;
    TRUE(mmap(three, 4096, RW, ANON | MAP_FIXED, -1, 0) == three);
    SHOW(three[0]);
    CALL(munmap(three + 1, 4096));
    CALL(munmap(three, 0));
    CALL(munmap(three + 4096, 4096));
    CALL(munmap(three + 4096, 4096));
    CALL(mprotect(three + 1, 4096, PROT_READ));
    CALL(mprotect(three, 0, PROT_READ));
    CALL(mprotect(three + 4096, 4096, PROT_READ));
    CALL(mprotect(three, 3 * 4096, PROT_READ));
    CALL(mprotect(three, 4096, 0x80));
    REMAP(three + 4096, 4096, 8192, MREMAP_MAYMOVE);
    REMAP(three + 1, 4096, 8192, MREMAP_MAYMOVE);
    REMAP(three, 4096, 0, MREMAP_MAYMOVE);
    REMAP(three, 4096, 8192, 0x40);
    REMAP(three, 4096, 8192, MREMAP_FIXED, three);
    CALL(madvise(three + 1, 4096, MADV_NORMAL));
    CALL(madvise(three, 4096, 9999));
    CALL(madvise(three + 4096, 4096, MADV_DONTNEED));
    CALL(msync(three, 4096, MS_SYNC));
    CALL(msync(three, 4096, MS_SYNC | MS_ASYNC));
    CALL(msync(three + 1, 4096, MS_SYNC));
    CALL(msync(three + 4096, 4096, MS_SYNC));
    return 0;
}
