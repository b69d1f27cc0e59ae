/* FUTEX_LOCK_PI, TRYLOCK_PI, UNLOCK_PI: a word that holds its owner's thread id, and what the kernel makes of it. */
#include "threads.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static _Atomic unsigned word;
static _Atomic int waiter;
static steps gate, held, turn;

static void show_word(void) {
    unsigned now = word, owner = now & FUTEX_TID_MASK;
    printf("    word: %s%s%s\n", owner == 0 ? "free" : (int)owner == getpid() ? "mine" : "another's",
           now & FUTEX_WAITERS ? ", waited for" : "", now & FUTEX_OWNER_DIED ? ", its owner died" : "");
}

static long pi(int operation) {
    return futex(&word, operation, 0, NULL, NULL, 0);
}

static struct timespec from_now(clockid_t clock, long amount) {
    struct timespec now;
    clock_gettime(clock, &now);
    long long total = now.tv_nsec + amount * 1000000LL;
    return (struct timespec){now.tv_sec + total / 1000000000, total % 1000000000};
}

static void *others_errors(void *argument) {
    CALL(pi(FUTEX_TRYLOCK_PI));
    show_word();
    CALL(pi(FUTEX_UNLOCK_PI));
    struct timespec past = {1, 0}, bad = {1, 1000000000}, soon = from_now(CLOCK_REALTIME, 10);
    CALL(futex(&word, FUTEX_LOCK_PI, 0, &past, NULL, 0));
    CALL(futex(&word, FUTEX_LOCK_PI, 0, &bad, NULL, 0));
    CALL(futex(&word, FUTEX_LOCK_PI, 0, &soon, NULL, 0));
    soon = from_now(CLOCK_MONOTONIC, 10);
    CALL(futex(&word, FUTEX_LOCK_PI2, 0, &soon, NULL, 0));
    soon = from_now(CLOCK_REALTIME, 10);
    CALL(futex(&word, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &soon, NULL, 0));
    CALL(futex(&word, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, &soon, NULL, 0));
    return NULL;
}

static void *take(void *argument) {
    waiter = gettid();
    long result = pi(FUTEX_LOCK_PI);
    await(&turn, 1);
    SHOW(result);
    TRUE((word & FUTEX_TID_MASK) == (unsigned)gettid());
    show_word();
    step(&held);
    await(&gate, 1);
    CALL(pi(FUTEX_UNLOCK_PI));
    return NULL;
}

static void *end_with_it(void *argument) {
    CALL(pi(FUTEX_LOCK_PI));
    step(&held);
    await(&gate, 1);
    return NULL;
}

static pthread_t begin_waiter(void) {
    waiter = gate = held = turn = 0;
    pthread_t thread = begin(take, NULL);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    return thread;
}

static void *wait_plainly(void *argument) {
    return (void *)futex(&word, FUTEX_WAIT, word, NULL, NULL, 0);
}

int main(void) {
    CALL(pi(FUTEX_LOCK_PI));
    show_word();
    CALL(pi(FUTEX_LOCK_PI));
    CALL(pi(FUTEX_TRYLOCK_PI));
    CALL(pi(FUTEX_UNLOCK_PI));
    show_word();
    CALL(pi(FUTEX_UNLOCK_PI));
    CALL(pi(FUTEX_TRYLOCK_PI));
    show_word();
    join(begin(others_errors, NULL));
    show_word();
    puts("handed on");
    pthread_t thread = begin_waiter();
    show_word();
    CALL(pi(FUTEX_WAKE));
    CALL(futex(&word, FUTEX_REQUEUE, 1, (void *)1, &waiter, 0));
    CALL(pi(FUTEX_UNLOCK_PI));
    step(&turn);
    await(&held, 1);
    CALL(pi(FUTEX_TRYLOCK_PI));
    step(&gate);
    join(thread);
    show_word();
    puts("the owner ends");
    gate = held = 0;
    pthread_t owner = begin(end_with_it, NULL);
    await(&held, 1);
    waiter = turn = 0;
    thread = begin(take, NULL);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    step(&gate);
    join(owner);
    step(&turn);
    join(thread);
    puts("words that nobody wrote by this");
    word = 0x3fffffff;
    CALL(pi(FUTEX_LOCK_PI));
    CALL(pi(FUTEX_UNLOCK_PI));
    word = FUTEX_OWNER_DIED;
    CALL(pi(FUTEX_LOCK_PI));
    show_word();
    word = FUTEX_WAITERS;
    CALL(pi(FUTEX_LOCK_PI));
    show_word();
    word = (unsigned)getpid() | FUTEX_WAITERS;
    CALL(pi(FUTEX_UNLOCK_PI));
    show_word();
    puts("errors");
    word = 0;
    thread = begin(wait_plainly, NULL);
    await_waiters((void *)&word, 0, 1);
    word = (unsigned)getpid();
    CALL(pi(FUTEX_UNLOCK_PI));
    word = 1;
    CALL(pi(FUTEX_LOCK_PI));
    CALL(pi(FUTEX_WAKE));
    join(thread);
    CALL(futex((void *)8, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex((void *)8, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    CALL(futex((char *)&word + 1, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CALL(futex((char *)&word + 1, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    CALL(futex((char *)&word + 2, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    return 0;
}
