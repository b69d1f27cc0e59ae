/* Mutexes with priority inheritance (PTHREAD_PRIO_INHERIT): the kernel keeps who owns them. */
#include "threads.h"

static pthread_mutex_t lock;
static int inside, most, counter;
static steps held, gate;

static void *count(void *argument) {
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&lock);
        if (++inside > most)
            most = inside;
        counter++;
        sched_yield();
        inside--;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *hold(void *argument) {
    pthread_mutex_lock(&lock);
    step(&held);
    await(&gate, 1);
    return (void *)(long)pthread_mutex_unlock(&lock);
}

static void *take(void *argument) {
    *(_Atomic int *)argument = gettid();
    int error = pthread_mutex_lock(&lock);
    if (!error)
        pthread_mutex_unlock(&lock);
    return (void *)(long)error;
}

static void *die_with_it(void *argument) {
    return (void *)(long)pthread_mutex_lock(&lock);
}

static void make(int type, int robust) {
    pthread_mutexattr_t attributes;
    int value = -1;
    pthread_mutexattr_init(&attributes);
    GIVES(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    GIVES(pthread_mutexattr_getprotocol(&attributes, &value));
    TRUE(value == PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robust);
    GIVES(pthread_mutex_init(&lock, &attributes));
}

static struct timespec in_milliseconds(long amount) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long long total = now.tv_nsec + amount * 1000000LL;
    return (struct timespec){now.tv_sec + total / 1000000000, total % 1000000000};
}

int main(void) {
    pthread_t threads[5];
    _Atomic int waiters[3] = {0};
    struct timespec soon;

    puts("normal");
    make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    for (int i = 0; i < 5; i++)
        threads[i] = begin(count, NULL);
    for (int i = 0; i < 5; i++)
        join(threads[i]);
    printf("%d counted, %d at once\n", counter, most);
    pthread_t holder = begin(hold, NULL);
    await(&held, 1);
    GIVES(pthread_mutex_trylock(&lock));
    soon = in_milliseconds(10);
    GIVES(pthread_mutex_timedlock(&lock, &soon));
    for (int i = 0; i < 3; i++) {
        threads[i] = begin(take, (void *)&waiters[i]);
        while (!waiters[i])
            sched_yield();
        await_asleep(waiters[i]);
    }
    step(&gate);
    SHOW(join(holder));
    for (int i = 0; i < 3; i++)
        SHOW(join(threads[i]));
    soon = in_milliseconds(1000000);
    GIVES(pthread_mutex_timedlock(&lock, &soon));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    pthread_mutex_destroy(&lock);

    puts("errorcheck");
    make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_trylock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_unlock(&lock));

    puts("recursive");
    make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_unlock(&lock));

    puts("robust");
    make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    SHOW(join(begin(die_with_it, NULL)));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_consistent(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    SHOW(join(begin(die_with_it, NULL)));
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    GIVES(pthread_mutex_lock(&lock));

    puts("with a condition");
    make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&lock);
    soon = in_milliseconds(5);
    GIVES(pthread_cond_timedwait(&condition, &lock, &soon));
    GIVES(pthread_mutex_unlock(&lock));
    return 0;
}
