/* Mutexes of each type: who may lock and unlock them, and how often. */
#include "threads.h"

static pthread_mutex_t lock;
static int inside, most, counter;

static void *try_it(void *argument) {
    return (void *)(long)pthread_mutex_trylock(&lock);
}

static void *unlock_it(void *argument) {
    return (void *)(long)pthread_mutex_unlock(&lock);
}

static void *count(void *argument) {
    for (int i = 0; i < 12; i++) {
        pthread_mutex_lock(&lock);
        int now = ++inside;
        if (now > most)
            most = now;
        if (i % 4 == 0)
            sched_yield();
        counter++;
        inside--;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* Waits for the lock, which the first thread lets go of when this one sleeps. */
static void *take_and_leave(void *argument) {
    *(_Atomic int *)argument = gettid();
    pthread_mutex_lock(&lock);
    int seen = counter;
    counter = 1;
    pthread_mutex_unlock(&lock);
    return (void *)(long)seen;
}

static void show_type(const char *name, int type, int times) {
    pthread_mutexattr_t attributes;
    int value = -1;
    puts(name);
    pthread_mutexattr_init(&attributes);
    GIVES(pthread_mutexattr_settype(&attributes, type));
    pthread_mutexattr_gettype(&attributes, &value);
    TRUE(value == type);
    GIVES(pthread_mutex_init(&lock, &attributes));
    GIVES(pthread_mutex_lock(&lock));
    for (int i = 1; i < times; i++)
        GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_trylock(&lock));
    printf("another: %s\n", strerror((int)join(begin(try_it, NULL))));
    if (type != PTHREAD_MUTEX_NORMAL)
        printf("another unlocks: %s\n", strerror((int)join(begin(unlock_it, NULL))));
    if (type == PTHREAD_MUTEX_RECURSIVE)
        GIVES(pthread_mutex_unlock(&lock));
    for (int i = 0; i < times; i++) /* once too often where the second lock was refused */
        GIVES(pthread_mutex_unlock(&lock));
    if (type == PTHREAD_MUTEX_RECURSIVE)
        GIVES(pthread_mutex_unlock(&lock));

    pthread_t threads[4];
    inside = most = counter = 0;
    for (int i = 0; i < 4; i++)
        threads[i] = begin(count, NULL);
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    printf("%d counted, %d at once\n", counter, most);

    _Atomic int waiter = 0;
    counter = 5;
    pthread_mutex_lock(&lock);
    pthread_t thread = begin(take_and_leave, (void *)&waiter);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    counter = 9;
    pthread_mutex_unlock(&lock);
    SHOW(join(thread));
    SHOW(counter);
    GIVES(pthread_mutex_destroy(&lock));
}

int main(void) {
    pthread_mutexattr_t attributes;
    show_type("normal", PTHREAD_MUTEX_NORMAL, 1);
    show_type("errorcheck", PTHREAD_MUTEX_ERRORCHECK, 2);
    show_type("recursive", PTHREAD_MUTEX_RECURSIVE, 3);
    pthread_mutexattr_init(&attributes);
    GIVES(pthread_mutexattr_settype(&attributes, 3));
    GIVES(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT));
    GIVES(pthread_mutexattr_setprotocol(&attributes, 5));
    GIVES(pthread_mutexattr_setpshared(&attributes, 5));
    GIVES(pthread_mutexattr_setrobust(&attributes, 5));
    return 0;
}
