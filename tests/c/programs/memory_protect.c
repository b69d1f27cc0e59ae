/* mprotect and munmap, page by page; what is touched against them is a SIGSEGV with its address. */
#include "show.h"
#include <setjmp.h>

static sigjmp_buf back;
static char *base;

static void handler(int number, siginfo_t *info, void *context) {
    (void)context;
    printf("  signal %d code %d at offset %ld\n", number, info->si_code, (long)((char *)info->si_addr - base));
    siglongjmp(back, 1);
}

static void try_read(int offset) {
    printf("read %d\n", offset);
    if (!sigsetjmp(back, 1))
        printf("  %d\n", *(volatile char *)(base + offset));
}

static void try_write(int offset) {
    printf("write %d\n", offset);
    if (!sigsetjmp(back, 1)) {
        *(volatile char *)(base + offset) = 5;
        printf("  written\n");
    }
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    base = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(base, 3, 5 * 4096);
    CALL(mprotect(base + 4096, 4096, PROT_READ));
    CALL(mprotect(base + 2 * 4096, 4096, PROT_NONE));
    CALL(munmap(base + 3 * 4096, 4096));
    for (int i = 0; i < 5; i++) {
        try_read(i * 4096);
        try_write(i * 4096 + 10);
    }
    CALL(mprotect(base, 3 * 4096, PROT_READ | PROT_WRITE));
    try_write(4096 + 1);
    try_read(2 * 4096 + 1);
    try_read(2 * 4096 - 4096 + 1);
    int ends[2];
    pipe(ends);
    CALL(mprotect(base, 4096, PROT_NONE));
    CALL(write(ends[1], base, 1));
    CALL(mprotect(base, 4096, PROT_READ));
    CALL(write(ends[1], base, 1));
    CALL(read(ends[0], base, 1));
    pid_t child = fork();
    if (child == 0) {
        try_write(0);
        mprotect(base, 4096, PROT_READ | PROT_WRITE);
        try_write(0);
        _exit(base[0]);
    }
    show_end("child", child);
    try_write(0);
    try_read(0);
    return 0;
}
