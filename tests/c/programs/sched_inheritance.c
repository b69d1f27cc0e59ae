/* A lock with PTHREAD_PRIO_INHERIT: who holds it runs as the most important of those who wait for it.
   User: root */
#include "sched.h"
#include <pthread.h>

static pthread_mutex_t lock, other;
static pthread_t all[4];
static int count;

static void begin(void *(*function)(void *), int priority) {
    pthread_attr_t attributes;
    struct sched_param parameters = {.sched_priority = priority};
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &parameters);
    pthread_create(&all[count++], &attributes, function, NULL);
}

static void *low(void *argument) {
    pthread_mutex_lock(&lock);
    puts("low holds the lock");
    pause_for(30); /* meanwhile the others come */
    puts("low goes on");
    pthread_mutex_unlock(&lock);
    puts("low has given it back");
    return argument;
}

static void *between(void *argument) {
    pthread_mutex_lock(&other);
    pthread_mutex_lock(&lock);
    puts("between has both locks");
    pthread_mutex_unlock(&lock);
    puts("between has given one back");
    pthread_mutex_unlock(&other);
    puts("between has given both back");
    return argument;
}

static void *middle(void *argument) {
    long long begin = milliseconds(CLOCK_MONOTONIC);
    pause_for(15);
    while (milliseconds(CLOCK_MONOTONIC) - begin < 60)
        ;
    puts("middle has worked");
    return argument;
}

static void *high(void *argument) {
    pause_for(10);
    pthread_mutex_lock(argument ? argument : &lock);
    puts("high has the lock");
    pthread_mutex_unlock(argument ? argument : &lock);
    puts("high has given it back");
    return NULL;
}

static void *high_of_other(void *argument) {
    (void)argument;
    return high(&other);
}

static void all_end(void) {
    while (count)
        pthread_join(all[--count], NULL);
}

static void make(int protocol) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutex_init(&lock, &attributes);
    pthread_mutex_init(&other, &attributes);
}

int main(void) {
    set_policy(0, SCHED_FIFO, 50);
    puts("without inheritance");
    make(PTHREAD_PRIO_NONE);
    begin(low, 10), begin(middle, 20), begin(high, 30);
    all_end();
    puts("with inheritance");
    make(PTHREAD_PRIO_INHERIT);
    begin(low, 10), begin(middle, 20), begin(high, 30);
    all_end();
    puts("from one to the next");
    begin(low, 10);
    pause_for(5);
    begin(between, 15), begin(middle, 20), begin(high_of_other, 30);
    all_end();
    return 0;
}
