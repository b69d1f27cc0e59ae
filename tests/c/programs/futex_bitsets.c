/* FUTEX_WAIT_BITSET and FUTEX_WAKE_BITSET: who is meant, and until when. */
#include "threads.h"

static _Atomic int word;
static steps woken;

static void *wait_with(void *argument) {
    long result = futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, (unsigned)(long)argument);
    if (result)
        printf("wait: %s\n", strerror(errno));
    step(&woken);
    return argument;
}

static void *wait_plain(void *argument) {
    futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0);
    step(&woken);
    return NULL;
}

static struct timespec from_now(clockid_t clock, long amount) {
    struct timespec now;
    clock_gettime(clock, &now);
    long long total = now.tv_nsec + amount * 1000000LL;
    return (struct timespec){now.tv_sec + total / 1000000000, total % 1000000000};
}

static long wake(unsigned bits, int count) {
    return futex(&word, FUTEX_WAKE_BITSET, count, NULL, NULL, bits);
}

static long wait_until(int flags, struct timespec limit) {
    return futex(&word, FUTEX_WAIT_BITSET | flags, 0, &limit, NULL, FUTEX_BITSET_MATCH_ANY);
}

int main(void) {
    static const unsigned BITS[] = {1, 2, 4, 3, 0x80000000};
    pthread_t threads[6];
    for (int i = 0; i < 5; i++)
        threads[i] = begin(wait_with, (void *)(long)(int)BITS[i]);
    threads[5] = begin(wait_plain, NULL);
    await_waiters((void *)&word, 0, 6);
    CALL(wake(8 | 16, INT_MAX) - 1); /* the plain wait has all bits */
    await(&woken, 1);
    CALL(wake(8 | 16, INT_MAX));
    CALL(wake(4, INT_MAX));
    CALL(wake(2, INT_MAX));
    await(&woken, 4);
    CALL(wake(0x7ffffffe, INT_MAX));
    CALL(futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < 6; i++)
        join(threads[i]);

    puts("order and number");
    for (int i = 0; i < 4; i++)
        threads[i] = begin(wait_with, (void *)1);
    await_waiters((void *)&word, 0, 4);
    CALL(wake(1, 1));
    CALL(wake(1, 2));
    CALL(wake(FUTEX_BITSET_MATCH_ANY, 9));
    for (int i = 0; i < 4; i++)
        join(threads[i]);

    puts("errors");
    CALL(wake(0, 1));
    CALL(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT_BITSET, 1, NULL, NULL, 1));
    CALL(futex((char *)&word + 1, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1));
    CALL(futex((void *)8, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1));
    CALL(futex((void *)8, FUTEX_WAKE_BITSET, 0, NULL, NULL, 1));
    CALL(futex(&word, FUTEX_WAKE_BITSET | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 1));
    CALL(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 1));

    puts("until a time");
    long long before = milliseconds(CLOCK_MONOTONIC);
    CALL(wait_until(0, from_now(CLOCK_MONOTONIC, 20)));
    CALL(wait_until(FUTEX_CLOCK_REALTIME, from_now(CLOCK_REALTIME, 20)));
    CALL(wait_until(FUTEX_PRIVATE_FLAG, from_now(CLOCK_MONOTONIC, 10)));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 49);
    CALL(wait_until(0, (struct timespec){0, 0}));
    CALL(wait_until(FUTEX_CLOCK_REALTIME, (struct timespec){1, 0}));
    CALL(wait_until(0, (struct timespec){1, 1000000000}));
    CALL(wait_until(0, (struct timespec){-1, 0}));
    CALL(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &(struct timespec){0, 5000000}, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT, 1, &(struct timespec){0, 0}, NULL, 0));
    CALL(futex(&word, FUTEX_WAIT, 0, &(struct timespec){0, 0}, NULL, 0));
    return 0;
}
