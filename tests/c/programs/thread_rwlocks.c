/* Read-write locks: readers together, a writer alone. */
#include "threads.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static steps readers;
static int value, inside, most, torn;
static int pair[2];

static void *read_together(void *argument) {
    pthread_rwlock_rdlock(&lock);
    step(&readers);
    await(&readers, 4); /* all hold it at once */
    int seen = value;
    pthread_rwlock_unlock(&lock);
    return (void *)(long)seen;
}

static void *try_both(void *argument) {
    int reading = pthread_rwlock_tryrdlock(&lock);
    if (!reading)
        pthread_rwlock_unlock(&lock);
    int writing = pthread_rwlock_trywrlock(&lock);
    if (!writing)
        pthread_rwlock_unlock(&lock);
    printf("try to read: %s; to write: %s\n", strerror(reading), strerror(writing));
    return NULL;
}

static void *write_much(void *argument) {
    for (int i = 0; i < 30; i++) {
        pthread_rwlock_wrlock(&lock);
        if (++inside > most)
            most = inside;
        pair[0]++;
        if (i % 5 == 0)
            sched_yield();
        pair[1]++;
        inside--;
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void *read_much(void *argument) {
    for (int i = 0; i < 30; i++) {
        pthread_rwlock_rdlock(&lock);
        torn += pair[0] != pair[1];
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void *write_once(void *argument) {
    *(_Atomic int *)argument = gettid();
    pthread_rwlock_wrlock(&lock);
    value = 9;
    pthread_rwlock_unlock(&lock);
    return NULL;
}

int main(void) {
    pthread_t threads[6];
    value = 5;
    for (int i = 0; i < 4; i++)
        threads[i] = begin(read_together, NULL);
    for (int i = 0; i < 4; i++)
        SHOW(join(threads[i]));

    GIVES(pthread_rwlock_rdlock(&lock));
    join(begin(try_both, NULL));
    GIVES(pthread_rwlock_rdlock(&lock));
    GIVES(pthread_rwlock_unlock(&lock));
    GIVES(pthread_rwlock_trywrlock(&lock));
    _Atomic int waiter = 0;
    pthread_t thread = begin(write_once, (void *)&waiter);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    SHOW(value);
    GIVES(pthread_rwlock_unlock(&lock));
    join(thread);
    SHOW(value);
    GIVES(pthread_rwlock_wrlock(&lock));
    join(begin(try_both, NULL));
    GIVES(pthread_rwlock_unlock(&lock));
    join(begin(try_both, NULL));

    for (int i = 0; i < 6; i++)
        threads[i] = begin(i % 2 ? read_much : write_much, NULL);
    for (int i = 0; i < 6; i++)
        join(threads[i]);
    printf("%d %d written, %d at once, %d read torn\n", pair[0], pair[1], most, torn);
    GIVES(pthread_rwlock_destroy(&lock));
    pthread_rwlockattr_t attributes;
    int shared = -1;
    GIVES(pthread_rwlockattr_init(&attributes));
    GIVES(pthread_rwlockattr_getpshared(&attributes, &shared));
    TRUE(shared == PTHREAD_PROCESS_PRIVATE);
    GIVES(pthread_rwlockattr_setpshared(&attributes, 9));
    return 0;
}
