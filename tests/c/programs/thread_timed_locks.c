/* Waits that end by time: of mutexes, read-write locks, conditions and semaphores, on both clocks. */
#include "threads.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static pthread_cond_t real = PTHREAD_COND_INITIALIZER, monotonic;
static struct timespec past, soon, late, bad;

static struct timespec from_now(clockid_t clock, long amount) {
    struct timespec now;
    clock_gettime(clock, &now);
    long long total = now.tv_nsec + amount * 1000000LL;
    return (struct timespec){now.tv_sec + total / 1000000000, total % 1000000000};
}

static void set_times(clockid_t clock) {
    past = (struct timespec){1, 0};
    soon = from_now(clock, 20);
    late = from_now(clock, 1000000);
    bad = (struct timespec){late.tv_sec, 1000000000};
}

static void *wait_in_vain(void *argument) {
    set_times(CLOCK_REALTIME);
    long long before = milliseconds(CLOCK_MONOTONIC);
    GIVES(pthread_mutex_timedlock(&lock, &past));
    GIVES(pthread_mutex_timedlock(&lock, &bad));
    GIVES(pthread_mutex_timedlock(&lock, &soon));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 19);

    set_times(CLOCK_REALTIME);
    GIVES(pthread_rwlock_timedrdlock(&rwlock, &past));
    GIVES(pthread_rwlock_timedrdlock(&rwlock, &bad));
    GIVES(pthread_rwlock_timedrdlock(&rwlock, &soon));
    soon = from_now(CLOCK_REALTIME, 10);
    GIVES(pthread_rwlock_timedwrlock(&rwlock, &past));
    GIVES(pthread_rwlock_timedwrlock(&rwlock, &bad));
    GIVES(pthread_rwlock_timedwrlock(&rwlock, &soon));
    return NULL;
}

static void *let_go(void *argument) {
    await_asleep(getpid());
    if (argument)
        pthread_rwlock_unlock(&rwlock);
    else
        sem_post(&semaphore);
    return NULL;
}

int main(void) {
    pthread_mutex_lock(&lock);
    pthread_rwlock_wrlock(&rwlock);
    join(begin(wait_in_vain, NULL));
    pthread_mutex_unlock(&lock);

    set_times(CLOCK_REALTIME);
    puts("free, whatever the time");
    GIVES(pthread_mutex_timedlock(&lock, &bad));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_timedlock(&lock, &past));
    pthread_t thread = begin(let_go, "");
    GIVES(pthread_rwlock_timedrdlock(&rwlock, &late));
    join(thread);
    GIVES(pthread_rwlock_timedrdlock(&rwlock, &past));
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    GIVES(pthread_rwlock_timedwrlock(&rwlock, &bad));

    puts("semaphores");
    sem_init(&semaphore, 0, 1);
    CALL(sem_timedwait(&semaphore, &bad));
    CALL(sem_timedwait(&semaphore, &bad));
    CALL(sem_timedwait(&semaphore, &past));
    soon = from_now(CLOCK_REALTIME, 10);
    CALL(sem_timedwait(&semaphore, &soon));
    thread = begin(let_go, NULL);
    CALL(sem_timedwait(&semaphore, &late));
    join(thread);

    puts("conditions");
    pthread_condattr_t attributes;
    clockid_t clock = -1;
    pthread_condattr_init(&attributes);
    GIVES(pthread_condattr_getclock(&attributes, &clock));
    TRUE(clock == CLOCK_REALTIME);
    GIVES(pthread_condattr_setclock(&attributes, CLOCK_PROCESS_CPUTIME_ID));
    GIVES(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    GIVES(pthread_cond_init(&monotonic, &attributes));
    GIVES(pthread_cond_timedwait(&real, &lock, &past));
    GIVES(pthread_cond_timedwait(&real, &lock, &bad));
    soon = from_now(CLOCK_REALTIME, 20);
    long long before = milliseconds(CLOCK_MONOTONIC);
    GIVES(pthread_cond_timedwait(&real, &lock, &soon));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 19);
    soon = from_now(CLOCK_MONOTONIC, 20);
    before = milliseconds(CLOCK_MONOTONIC);
    GIVES(pthread_cond_timedwait(&monotonic, &lock, &soon));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 19);
    GIVES(pthread_cond_timedwait(&monotonic, &lock, &(struct timespec){0, 1}));
    GIVES(pthread_mutex_unlock(&lock));
    return 0;
}
