/* The stack grows by being used, is a child's own, and ends in SIGSEGV. */
#include "show.h"

static int __attribute__((noinline)) deep(int depth, volatile char *above) {
    volatile char here[1000];
    here[0] = depth;
    here[999] = above ? above[0] : 0;
    return depth == 0 ? here[999] : deep(depth - 1, here) + (here[0] == (char)depth);
}

static int endless(void) { return deep(1 << 30, NULL); }

static int grows(void) { return deep(3000, NULL) > 2900 ? 7 : 8; }

int main(void) {
    SHOW(deep(1000, NULL));
    in_child("grows", grows);
    in_child("endless", endless);
    SHOW(deep(2000, NULL));
    volatile int local = 4;
    pid_t child = fork();
    if (child == 0) {
        local = 5;
        _exit(local);
    }
    show_end("child", child);
    SHOW(local);
    return 0;
}
