/* The program break, moved by the call itself: the C library uses mmap alone. */
#include "show.h"

int main(void) {
    char *start = (char *)syscall(SYS_brk, 0);
    TRUE(start == (char *)syscall(SYS_brk, 8));
    TRUE((char *)syscall(SYS_brk, start + 100) == start + 100);
    memset(start, 7, 100);
    TRUE((char *)syscall(SYS_brk, start + 50000) == start + 50000);
    SHOW(start[99]);
    int sum = 0;
    for (int i = 100; i < 50000; i++)
        sum += start[i];
    SHOW(sum);
    memset(start, 7, 50000);
    pid_t child = fork();
    if (child == 0) {
        TRUE((char *)syscall(SYS_brk, 0) == start + 50000);
        start[0] = 1;
        syscall(SYS_brk, start);
        _exit(0);
    }
    show_end("child", child);
    SHOW(start[0]);
    TRUE((char *)syscall(SYS_brk, start + 10000) == start + 10000);
    TRUE((char *)syscall(SYS_brk, start + 50000) == start + 50000);
    SHOW(start[9999]);
    SHOW(start[20000]);
    TRUE((char *)syscall(SYS_brk, start) == start);
    int ends[2];
    pipe(ends);
    CALL(write(ends[1], start + 4096, 1));
    TRUE((char *)syscall(SYS_brk, -4096L) == start);
    return 0;
}
