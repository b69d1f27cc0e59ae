/* Barriers and spinlocks, of threads and of processes. */
#include "threads.h"

enum { THREADS = 5, ROUNDS = 8 };

static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static _Atomic int reached[ROUNDS], serials, early;
static int counter;

static struct {
    pthread_barrier_t barrier;
    pthread_spinlock_t spin;
    _Atomic int reached[ROUNDS], serials, early;
    int counter;
} *shared;

static void *meet(void *argument) {
    for (int i = 0; i < ROUNDS; i++) {
        reached[i]++;
        int result = pthread_barrier_wait(&barrier);
        early += reached[i] != THREADS; /* nobody goes on before all have come */
        serials += result == PTHREAD_BARRIER_SERIAL_THREAD;
    }
    return NULL;
}

static void *count(void *argument) {
    for (int i = 0; i < 100; i++) {
        pthread_spin_lock(&spin);
        counter++;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}

static int meet_processes(void) {
    for (int i = 0; i < ROUNDS; i++) {
        shared->reached[i]++;
        int result = pthread_barrier_wait(&shared->barrier);
        shared->early += shared->reached[i] != 3;
        shared->serials += result == PTHREAD_BARRIER_SERIAL_THREAD;
        pthread_spin_lock(&shared->spin);
        shared->counter++;
        pthread_spin_unlock(&shared->spin);
    }
    return 0;
}

int main(void) {
    pthread_t threads[THREADS];
    GIVES(pthread_barrier_init(&barrier, NULL, 0));
    GIVES(pthread_barrier_init(&barrier, NULL, 1));
    TRUE(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
    GIVES(pthread_barrier_init(&barrier, NULL, THREADS));
    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(meet, NULL);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    printf("%d rounds: %d times one of them, %d too early\n", ROUNDS, serials, early);
    GIVES(pthread_barrier_destroy(&barrier));

    GIVES(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(count, NULL);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    SHOW(counter);
    GIVES(pthread_spin_trylock(&spin));
    GIVES(pthread_spin_trylock(&spin));
    GIVES(pthread_spin_unlock(&spin));
    GIVES(pthread_spin_destroy(&spin));

    pthread_barrierattr_t attributes;
    int value = -1;
    shared = map_shared(sizeof *shared);
    GIVES(pthread_barrierattr_init(&attributes));
    GIVES(pthread_barrierattr_setpshared(&attributes, 2));
    GIVES(pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    GIVES(pthread_barrierattr_getpshared(&attributes, &value));
    TRUE(value == PTHREAD_PROCESS_SHARED);
    GIVES(pthread_barrier_init(&shared->barrier, &attributes, 3));
    pthread_spin_init(&shared->spin, PTHREAD_PROCESS_SHARED);
    pid_t children[3];
    for (int i = 0; i < 3; i++)
        if ((children[i] = fork()) == 0)
            _exit(meet_processes());
    for (int i = 0; i < 3; i++)
        show_end("process", children[i]);
    printf("%d rounds: %d times one of them, %d too early, %d counted\n", ROUNDS, shared->serials, shared->early,
           shared->counter);
    GIVES(pthread_barrier_destroy(&shared->barrier));
    return 0;
}
