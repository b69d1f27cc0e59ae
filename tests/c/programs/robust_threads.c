/* Robust mutexes among threads: the next owner learns that the last one ended, and mends the state or leaves it. */
#include "threads.h"

static pthread_mutex_t lock, others[3];
static _Atomic int waiter;
static steps held;

static void *die_with_it(void *argument) {
    GIVES(pthread_mutex_lock(&lock));
    return NULL;
}

static void *die_while_waited_for(void *argument) {
    pthread_mutex_lock(&lock);
    step(&held);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    return NULL; /* wakes the one who waits */
}

static void *wait_for_it(void *argument) {
    await(&held, 1);
    waiter = gettid();
    return (void *)(long)pthread_mutex_lock(&lock);
}

static void *lock_only(void *argument) {
    return (void *)(long)pthread_mutex_lock(&lock);
}

static void *die_with_three(void *argument) {
    for (int i = 0; i < 3; i++)
        pthread_mutex_lock(&others[i]);
    pthread_mutex_unlock(&others[1]);
    if (argument)
        pthread_exit(NULL);
    for (;;)
        pause(); /* until it is cancelled */
}

int main(void) {
    pthread_mutexattr_t attributes;
    int value = -1;
    pthread_mutexattr_init(&attributes);
    GIVES(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    GIVES(pthread_mutexattr_getrobust(&attributes, &value));
    TRUE(value == PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock, &attributes);

    puts("mended");
    join(begin(die_with_it, NULL));
    GIVES(pthread_mutex_trylock(&lock));
    GIVES(pthread_mutex_consistent(&lock));
    GIVES(pthread_mutex_consistent(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_consistent(&lock));
    GIVES(pthread_mutex_unlock(&lock));

    puts("handed on");
    join(begin(die_with_it, NULL));
    printf("the next: %s\n", strerror((int)join(begin(lock_only, NULL))));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_consistent(&lock));
    GIVES(pthread_mutex_unlock(&lock));

    puts("waited for");
    pthread_t dying = begin(die_while_waited_for, NULL), waiting = begin(wait_for_it, NULL);
    join(dying);
    printf("the one who waited: %s\n", strerror((int)join(waiting)));

    puts("left as it is");
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_trylock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_destroy(&lock));

    puts("three");
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    for (int i = 0; i < 3; i++)
        pthread_mutex_init(&others[i], &attributes);
    join(begin(die_with_three, ""));
    for (int i = 0; i < 3; i++)
        if (GIVES(pthread_mutex_trylock(&others[i])))
            GIVES(pthread_mutex_consistent(&others[i]));
    for (int i = 0; i < 3; i++)
        GIVES(pthread_mutex_unlock(&others[i]));
    pthread_t thread = begin(die_with_three, NULL);
    pthread_cancel(thread);
    TRUE(join(thread) == (long)PTHREAD_CANCELED);
    for (int i = 0; i < 3; i++)
        TRUE(pthread_mutex_trylock(&others[i]) != EBUSY);

    pthread_mutex_init(&lock, NULL);
    GIVES(pthread_mutex_consistent(&lock));
    return 0;
}
