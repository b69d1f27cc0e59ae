/* Many threads, one wave after the other: they share a counter, and their stacks come and go. */
#include "threads.h"

enum { WAVES = 4, THREADS = 12, ROUNDS = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;
static _Atomic int fast;
static steps arrived;

static void *count(void *argument) {
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
        fast++;
        if (i % 7 == 0)
            sched_yield();
    }
    step(&arrived);
    await(&arrived, (int)(long)argument * THREADS); /* all of a wave are there at once */
    return (void *)1;
}

static void *tree(void *argument) {
    long depth = (long)argument;
    if (depth == 0)
        return (void *)1;
    pthread_t left = begin(tree, (void *)(depth - 1)), right = begin(tree, (void *)(depth - 1));
    return (void *)(join(left) + join(right) + 1);
}

int main(void) {
    for (long wave = 1; wave <= WAVES; wave++) {
        pthread_t threads[THREADS];
        long ended = 0;
        for (int i = 0; i < THREADS; i++)
            threads[i] = begin(count, (void *)wave);
        for (int i = 0; i < THREADS; i++)
            ended += join(threads[i]);
        printf("wave %ld: %ld ended, %d counted, %d without a lock\n", wave, ended, counter, fast);
    }
    SHOW(join(begin(tree, (void *)3)));
    for (int i = 0; i < 60; i++) /* the memory of one serves for the next */
        join(begin(tree, NULL));
    puts("sixty more");
    return 0;
}
