/* FUTEX_WAKE_OP: change a second word, wake those of the first, and of the second if its old value compares. */
#include "threads.h"

static _Atomic int first, second;

static const char *const OPERATIONS[] = {"set", "add", "or", "andn", "xor", "unknown"};
static const char *const COMPARISONS[] = {"eq", "ne", "lt", "le", "gt", "ge", "unknown"};

static void *wait_for(void *argument) {
    _Atomic int *word = argument;
    return (void *)futex(word, FUTEX_WAIT, *word, NULL, NULL, 0);
}

static void show(int operation, int argument, int comparison, int against, int start) {
    second = start;
    unsigned encoded = (unsigned)operation << 28 | (unsigned)comparison << 24 | ((unsigned)argument & 0xfff) << 12 |
                       ((unsigned)against & 0xfff);
    long result = futex(&first, FUTEX_WAKE_OP, 1, (void *)1, &second, encoded);
    printf("%s%s %d, %s %d of %d: %ld %s, %d\n", operation & 8 ? "shifted " : "", OPERATIONS[operation & 7], argument,
           COMPARISONS[comparison], against, start, result, result < 0 ? strerror(errno) : "", second);
}

static void wake(int against, int wakes_first, long wakes_second) {
    pthread_t threads[4];
    first = 1, second = 2;
    for (int i = 0; i < 4; i++)
        threads[i] = begin(wait_for, (void *)(i < 2 ? &first : &second));
    await_waiters((void *)&first, 0, 2);
    await_waiters((void *)&second, 0, 2);
    CALL(futex(&first, FUTEX_WAKE_OP, wakes_first, (void *)wakes_second, &second,
               FUTEX_OP(FUTEX_OP_ADD, 10, FUTEX_OP_CMP_EQ, against)));
    SHOW(second);
    CALL(futex(&first, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    CALL(futex(&second, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < 4; i++)
        join(threads[i]);
}

int main(void) {
    for (int operation = 0; operation < 6; operation++) {
        show(operation, 6, FUTEX_OP_CMP_EQ, 5, 5);
        show(operation, -3, FUTEX_OP_CMP_EQ, 5, 12);
    }
    for (int operation = 0; operation < 5; operation++)
        show(operation | FUTEX_OP_OPARG_SHIFT, 4, FUTEX_OP_CMP_EQ, 0, 0x111);
    for (int comparison = 0; comparison < 7; comparison++)
        for (int against = -1; against <= 1; against++)
            show(FUTEX_OP_SET, 3, comparison, against, 0);
    show(FUTEX_OP_ADD, 2047, FUTEX_OP_CMP_GE, -2048, INT_MAX);
    puts("it compares");
    wake(2, 1, 2);
    puts("it does not");
    wake(3, 2, 2);
    puts("errors");
    CALL(futex((void *)8, FUTEX_WAKE_OP, 1, (void *)1, &second, 0));
    CALL(futex(&first, FUTEX_WAKE_OP, 1, (void *)1, (void *)8, 0));
    CALL(futex(&first, FUTEX_WAKE_OP, 1, (void *)1, (char *)&second + 1, 0));
    CALL(futex((char *)&first + 2, FUTEX_WAKE_OP, 1, (void *)1, &second, 0));
    void *fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(futex(&first, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, (void *)1, fixed, 0));
    return 0;
}
