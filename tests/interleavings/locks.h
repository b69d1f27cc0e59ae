/* Mutexes, semaphores, condition variables and barriers made of futexes by hand, one kind of mutex for each way in
   which futex(2) waits; and the robust ones of the C library. Nothing here allocates or makes a call in vain. */
#ifndef LOCKS_H
#define LOCKS_H
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex
#define SYS_futex SYS_futex_time64
#endif

typedef _Atomic uint32_t word;

static long futex(word *at, int operation, uint32_t value, const void *time, word *other, uint32_t last) {
    long result = syscall(SYS_futex, at, operation, value, time, other, last);
    return result < 0 ? -errno : result;
}

/* STATES: free, held, held and waited for. COMMON: the same in shared memory. INHERITING: the owner's tid, which the
   kernel hands over. TICKETS: a waiter for each bit. ROBUST and PLAIN: the C library's. */
enum kind { STATES, COMMON, INHERITING, TICKETS, ROBUST, PLAIN };

struct mutex {
    enum kind kind;
    word state, serving;
    pthread_mutex_t theirs;
};

static int flag_of(const struct mutex *mutex) { return mutex->kind == COMMON ? 0 : FUTEX_PRIVATE_FLAG; }

static void prepare_mutex(struct mutex *mutex, enum kind kind) {
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setrobust(&how, kind == ROBUST ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED);
    pthread_mutex_init(&mutex->theirs, &how);
    mutex->kind = kind;
}

static void lock_states(struct mutex *mutex, int is_contended) {
    uint32_t seen = 0;
    if (!is_contended && atomic_compare_exchange_strong(&mutex->state, &seen, 1))
        return;
    while (atomic_exchange(&mutex->state, 2))
        futex(&mutex->state, FUTEX_WAIT | flag_of(mutex), 2, NULL, NULL, 0);
}

static void lock_inheriting(struct mutex *mutex) {
    uint32_t seen = 0;
    if (!atomic_compare_exchange_strong(&mutex->state, &seen, syscall(SYS_gettid)))
        while (futex(&mutex->state, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0))
            ;
}

static void lock_tickets(struct mutex *mutex) {
    uint32_t mine = atomic_fetch_add(&mutex->state, 1), seen;
    while ((seen = atomic_load(&mutex->serving)) != mine)
        futex(&mutex->serving, FUTEX_WAIT_BITSET_PRIVATE, seen, NULL, NULL, 1u << mine % 32);
}

/* Returns 1 if the mutex was held by one who has ended, 0 otherwise. */
static int lock(struct mutex *mutex) {
    if (mutex->kind == INHERITING) {
        lock_inheriting(mutex);
    } else if (mutex->kind == TICKETS) {
        lock_tickets(mutex);
    } else if (mutex->kind == STATES || mutex->kind == COMMON) {
        lock_states(mutex, 0);
    } else if (pthread_mutex_lock(&mutex->theirs) == EOWNERDEAD) {
        pthread_mutex_consistent(&mutex->theirs);
        return 1;
    }
    return 0;
}

static void unlock(struct mutex *mutex) {
    if (mutex->kind == INHERITING) {
        uint32_t mine = syscall(SYS_gettid);
        if (!atomic_compare_exchange_strong(&mutex->state, &mine, 0))
            futex(&mutex->state, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    } else if (mutex->kind == TICKETS) {
        uint32_t next = atomic_fetch_add(&mutex->serving, 1) + 1;
        futex(&mutex->serving, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 1u << next % 32);
    } else if (mutex->kind == STATES || mutex->kind == COMMON) {
        if (atomic_exchange(&mutex->state, 0) == 2)
            futex(&mutex->state, FUTEX_WAKE | flag_of(mutex), 1, NULL, NULL, 0);
    } else {
        pthread_mutex_unlock(&mutex->theirs);
    }
}

/* A condition is a word that counts its announcements. The mutex is held before and after. Returns as lock. */
static int await(word *condition, struct mutex *mutex) {
    uint32_t seen = atomic_load(condition);
    unlock(mutex);
    futex(condition, FUTEX_WAIT | flag_of(mutex), seen, NULL, NULL, 0);
    if (mutex->kind != STATES && mutex->kind != COMMON)
        return lock(mutex);
    lock_states(mutex, 1); /* who was moved to the mutex knows nothing of others who wait for it */
    return 0;
}

/* To all who wait, while the mutex is held: those but one are moved to the mutex where its word can be waited on. */
static void announce(word *condition, struct mutex *mutex) {
    uint32_t now = atomic_fetch_add(condition, 1) + 1;
    int flag = flag_of(mutex);
    if (mutex->kind == STATES || mutex->kind == COMMON) {
        atomic_store(&mutex->state, 2);
        if (futex(condition, FUTEX_CMP_REQUEUE | flag, 1, (void *)(uintptr_t)INT_MAX, &mutex->state, now) >= 0)
            return;
    }
    futex(condition, FUTEX_WAKE | flag, INT_MAX, NULL, NULL, 0);
}

static void post(word *tokens) {
    atomic_fetch_add(tokens, 1);
    futex(tokens, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int try_take(word *tokens) {
    uint32_t seen = atomic_load(tokens);
    while (seen)
        if (atomic_compare_exchange_weak(tokens, &seen, seen - 1))
            return 1;
    return 0;
}

static void take(word *tokens) {
    while (!try_take(tokens))
        futex(tokens, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* Returns whether a token came within so many microseconds, or before an interruption. */
static int take_within(word *tokens, long microseconds) {
    struct timespec time = {0, microseconds * 1000};
    if (try_take(tokens))
        return 1;
    futex(tokens, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
    return try_take(tokens);
}

struct barrier {
    word arrived, generation;
    uint32_t parties;
};

static void meet(struct barrier *barrier) {
    uint32_t seen = atomic_load(&barrier->generation);
    if (atomic_fetch_add(&barrier->arrived, 1) + 1 == barrier->parties) {
        atomic_store(&barrier->arrived, 0);
        atomic_fetch_add(&barrier->generation, 1);
        futex(&barrier->generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
    while (atomic_load(&barrier->generation) == seen)
        futex(&barrier->generation, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}
#endif
