/* FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: from a condition straight to the mutex, of which one becomes owner. */
#include "threads.h"

enum { THREADS = 3 };

static _Atomic unsigned condition, mutex;
static _Atomic int ids[THREADS], owners;

static long wait_pi(const struct timespec *limit) {
    return futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, limit, &mutex, FUTEX_BITSET_MATCH_ANY);
}

static long requeue_pi(int wake, long move, unsigned expected) {
    return futex(&condition, FUTEX_CMP_REQUEUE_PI, wake, (void *)move, &mutex, expected);
}

static void *wait_for_both(void *argument) {
    _Atomic int *id = argument;
    *id = gettid();
    long result = wait_pi(NULL);
    if (result)
        printf("wait: %s\n", strerror(errno));
    if ((mutex & FUTEX_TID_MASK) != (unsigned)*id)
        puts("not the owner");
    step((steps *)&owners);
    futex(&mutex, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
    return (void *)result;
}

static void *wait_plainly(void *argument) {
    ids[0] = gettid();
    return (void *)futex(&condition, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void start_all(pthread_t *threads) {
    owners = 0;
    for (int i = 0; i < THREADS; i++) {
        ids[i] = 0;
        threads[i] = begin(wait_for_both, (void *)&ids[i]);
        while (!ids[i])
            sched_yield();
        await_asleep(ids[i]);
    }
}

int main(void) {
    pthread_t threads[THREADS];
    puts("the mutex is free");
    start_all(threads);
    CALL(requeue_pi(1, INT_MAX, 7));
    CALL(requeue_pi(1, INT_MAX, 0));
    for (int i = 0; i < THREADS; i++)
        SHOW(join(threads[i]));
    TRUE((mutex & FUTEX_TID_MASK) == 0);

    puts("it is held");
    mutex = 0;
    CALL(futex(&mutex, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    start_all(threads);
    CALL(requeue_pi(1, 1, 0));
    CALL(requeue_pi(1, 0, 0));
    for (int i = 0; i < THREADS; i++)
        await_asleep(ids[i]);
    SHOW(owners);
    CALL(futex(&mutex, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    for (int i = 0; i < THREADS; i++)
        SHOW(join(threads[i]));

    puts("errors");
    mutex = 0;
    struct timespec past = {1, 0}, bad = {1, 1000000000};
    CALL(wait_pi(&past));
    CALL(wait_pi(&bad));
    condition = 1;
    CALL(wait_pi(NULL));
    condition = 0;
    CALL(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, &condition, FUTEX_BITSET_MATCH_ANY));
    CALL(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, &mutex, 0));
    CALL(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, (void *)8, FUTEX_BITSET_MATCH_ANY));
    CALL(futex((void *)8, FUTEX_WAIT_REQUEUE_PI, 0, &past, &mutex, FUTEX_BITSET_MATCH_ANY));
    CALL(requeue_pi(2, 1, 0));
    CALL(requeue_pi(0, 1, 0));
    CALL(requeue_pi(1, -1, 0));
    CALL(requeue_pi(1, 1, 0));
    CALL(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &condition, 0));
    CALL(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, (void *)8, 0));
    ids[0] = 0;
    pthread_t thread = begin(wait_plainly, NULL);
    while (!ids[0])
        sched_yield();
    await_waiters((void *)&condition, 0, 1);
    CALL(requeue_pi(1, 1, 0));
    CALL(futex(&condition, FUTEX_WAKE, 1, NULL, NULL, 0));
    join(thread);
    start_all(threads);
    CALL(futex(&condition, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &owners, 0));
    CALL(requeue_pi(1, INT_MAX, 0));
    for (int i = 0; i < THREADS; i++)
        SHOW(join(threads[i]));
    return 0;
}
