/* RLIMIT_AS and RLIMIT_DATA: what would grow beyond them fails, what is there stays, and a child inherits them. */
#include "show.h"

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE, ANON = MAP_PRIVATE | MAP_ANONYMOUS };

#define MAPS(...) show_done("mmap(" #__VA_ARGS__ ")", mmap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)
#define REMAPS(...) show_done("mremap(" #__VA_ARGS__ ")", mremap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)

/* Bytes of a line of /proc/self/status. */
static long size(const char *name) {
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    text[read(fd, text, sizeof text - 1)] = 0;
    close(fd);
    return strtol(strstr(text, name) + strlen(name), NULL, 10) * 1024;
}

/* So many bytes more than there are. */
static void leave(int resource, long present, long more) {
    struct rlimit limit;
    getrlimit(resource, &limit);
    limit.rlim_cur = present + more;
    show_done("setrlimit", setrlimit(resource, &limit));
}

/* Whether the program break can move up by so many bytes. */
static int breaks(long more) {
    long now = syscall(SYS_brk, 0);
    return syscall(SYS_brk, now + more) == now + more;
}

static int __attribute__((noinline)) into(int pages, volatile char *above) {
    volatile char here[PAGE];
    here[0] = above ? above[0] : 0;
    return pages ? into(pages - 1, here) + here[0] : 0;
}

static int deep(int pages) { return into(pages, NULL); }

static int stack(void) {
    leave(RLIMIT_AS, size("VmSize:"), 16 * PAGE);
    return deep(200) > 1 << 30;
}

static int total(void) {
    char *old = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
    leave(RLIMIT_AS, size("VmSize:"), 16 * PAGE);
    MAPS(NULL, 17 * PAGE, PROT_NONE, ANON, -1, 0);
    char *most = mmap(NULL, 15 * PAGE, RW, ANON, -1, 0);
    TRUE(most != MAP_FAILED);
    MAPS(NULL, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TRUE(breaks(2 * PAGE));
    TRUE(breaks(PAGE));
    TRUE(breaks(PAGE));
    REMAPS(old, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    REMAPS(old, 2 * PAGE, PAGE, 0);
    REMAPS(old, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    MAPS(most, 4 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
    MAPS(most + 14 * PAGE, 2 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
    CALL(munmap(most, PAGE));
    MAPS(NULL, PAGE, PROT_READ, ANON, -1, 0);
    leave(RLIMIT_AS, size("VmSize:"), -8 * PAGE);
    MAPS(NULL, PAGE, PROT_READ, ANON, -1, 0);
    CALL(munmap(most + 4 * PAGE, 8 * PAGE));
    MAPS(NULL, PAGE, PROT_READ, ANON, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        MAPS(NULL, PAGE, PROT_READ, ANON, -1, 0);
        leave(RLIMIT_AS, size("VmSize:"), PAGE);
        MAPS(NULL, PAGE, PROT_READ, ANON, -1, 0);
        _exit(0);
    }
    show_end("a child", child);
    return 0;
}

static int data(void) {
    char *read_only = mmap(NULL, 16 * PAGE, PROT_READ, ANON, -1, 0);
    leave(RLIMIT_DATA, size("VmData:"), 8 * PAGE);
    MAPS(NULL, 9 * PAGE, RW, ANON, -1, 0);
    MAPS(NULL, 9 * PAGE, PROT_READ, ANON, -1, 0);
    MAPS(NULL, 9 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MAPS(NULL, 6 * PAGE, RW, ANON, -1, 0);
    CALL(mprotect(read_only, 3 * PAGE, RW));
    CALL(mprotect(read_only, 2 * PAGE, RW));
    CALL(mprotect(read_only, PAGE, RW));
    CALL(mprotect(read_only, PAGE, PROT_READ));
    CALL(mprotect(read_only, PAGE, RW));
    TRUE(breaks(PAGE));
    SHOW(deep(40) > 1 << 30);
    return 0;
}

static int none(void) {
    leave(RLIMIT_DATA, 0, 0);
    TRUE(breaks(PAGE));
    MAPS(NULL, 9 * PAGE, RW, ANON, -1, 0);
    return 0;
}

int main(void) {
    deep(8); /* so that the stack does not grow meanwhile */
    in_child("total", total);
    in_child("stack", stack);
    in_child("data", data);
    in_child("none", none);
    return 0;
}
