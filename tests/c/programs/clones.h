/* clone(2) as it is: what musl's clone() does not let through. The child runs a function on a stack of its own, and
   must not use what belongs to a thread in the C library: errno, stdio, its locks. */
#ifndef CLONES_H
#define CLONES_H
#include "threads.h"

int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

enum { STACK = 16384 };

/* What pthread_create asks for, less what is about ids. */
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char *new_stack(void) {
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return stack + STACK;
}

/* Without memory of its own: like fork, with other flags. */
static long clone_copy(unsigned long flags) {
    return syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
}

/* The thread id, or -1 and errno. */
static int start_clone(int (*function)(void *), int flags, void *argument, int *parent_tid, void *tls, int *child_tid) {
    int result = __clone(function, new_stack(), flags, argument, parent_tid, tls, child_tid);
    if (result < 0) {
        errno = -result;
        return -1;
    }
    return result;
}

/* Wait until the kernel clears a word at the end of a thread (CLONE_CHILD_CLEARTID). */
static void await_clear(int *word) {
    for (int now; (now = *(volatile int *)word) != 0;)
        futex(word, FUTEX_WAIT, (unsigned)now, NULL, NULL, 0);
}

__attribute__((constructor)) static void show_clones(void) {
    (void)clone_copy, (void)start_clone, (void)await_clear;
}
#endif
