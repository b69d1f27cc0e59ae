/* futex: waiting for a word to change, across processes that share it. */
#include "show.h"

enum { WAIT = 0, WAKE = 1, REQUEUE = 3, CMP_REQUEUE = 4, WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128 };

static long futex(int *word, int operation, int value, const struct timespec *limit) {
    return syscall(SYS_futex, word, operation, value, limit, NULL, 0);
}

int main(void) {
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct timespec soon = {0, 20000000};
    CALL(futex(shared, WAIT, 1, NULL));
    CALL(futex(shared, WAKE, 10, NULL));
    CALL(futex(shared, WAIT, 0, &soon));
    CALL(futex(shared, WAIT | PRIVATE, 0, &soon));
    CALL(futex(shared, 77, 0, NULL));
    CALL(futex((int *)8, WAIT, 0, NULL));
    CALL(futex((int *)((char *)shared + 1), WAIT, 0, NULL));
    CALL(futex(shared, WAIT, 0, &(struct timespec){0, -1}));
    pid_t child = fork();
    if (child == 0) {
        while (shared[0] == 0)
            futex(shared, WAIT, 0, NULL);
        int seen = shared[0];
        shared[1] = 1;
        futex(shared + 1, WAKE, 1, NULL);
        _exit(seen);
    }
    pause_for(30);
    shared[0] = 5;
    TRUE(futex(shared, WAKE, 1, NULL) <= 1);
    while (shared[1] == 0)
        futex(shared + 1, WAIT, 0, NULL);
    show_end("child", child);
    pid_t children[3];
    shared[2] = 0;
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(futex(shared + 2, WAIT, 0, &(struct timespec){10, 0}) == 0 ? 4 : 5);
    }
    pause_for(200);
    CALL(futex(shared + 2, WAKE, 2, NULL));
    pause_for(100);
    CALL(futex(shared + 2, WAKE, 2, NULL));
    for (int i = 0; i < 3; i++)
        show_end("waiter", children[i]);
    int private = 0;
    child = fork();
    if (child == 0)
        _exit(futex(&private, WAIT, 0, &soon) == -1 && errno == ETIMEDOUT ? 6 : 7);
    pause_for(5);
    CALL(futex(&private, WAKE, 1, NULL));
    show_end("own memory", child);
    return 0;
}
