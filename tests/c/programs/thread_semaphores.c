/* Semaphores among threads: counting, waiting, limits, and a signal that interrupts. */
#include "threads.h"

static sem_t items, room, lock, never;
static int ring[4], in, out, sum;
static _Atomic int handled;

static void handle(int signal) {
    handled = signal;
}

static void *produce(void *argument) {
    for (int i = 1; i <= 20; i++) {
        sem_wait(&room);
        sem_wait(&lock);
        ring[in++ % 4] = i;
        sem_post(&lock);
        sem_post(&items);
    }
    return NULL;
}

static void *consume(void *argument) {
    for (int i = 1; i <= 20; i++) {
        sem_wait(&items);
        sem_wait(&lock);
        sum += ring[out++ % 4];
        sem_post(&lock);
        sem_post(&room);
    }
    return NULL;
}

static void *wait_for_it(void *argument) {
    *(_Atomic int *)argument = gettid();
    CALL(sem_wait(&never));
    return NULL;
}

static void wait_interrupted(int flags) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = flags};
    sigaction(SIGUSR1, &action, NULL);
    _Atomic int waiter = 0;
    handled = 0;
    pthread_t thread = begin(wait_for_it, (void *)&waiter);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    pthread_kill(thread, SIGUSR1);
    while (!handled)
        sched_yield();
    if (flags) {
        await_asleep(waiter); /* it goes on waiting */
        sem_post(&never);
    }
    join(thread);
    printf("handled %d\n", (int)handled);
}

int main(void) {
    pthread_t threads[6];
    int value = -1;
    CALL(sem_init(&items, 0, 0));
    CALL(sem_init(&room, 0, 4));
    CALL(sem_init(&lock, 0, 1));
    CALL(sem_init(&never, 0, SEM_VALUE_MAX));
    CALL(sem_post(&never));
    CALL(sem_getvalue(&never, &value));
    TRUE(value == SEM_VALUE_MAX);
    CALL(sem_init(&never, 0, 1u + SEM_VALUE_MAX));
    for (int i = 0; i < 6; i++)
        threads[i] = begin(i < 3 ? produce : consume, NULL);
    for (int i = 0; i < 6; i++)
        join(threads[i]);
    SHOW(sum);
    CALL(sem_trywait(&items));
    CALL(sem_getvalue(&room, &value));
    SHOW(value);
    CALL(sem_trywait(&room));
    CALL(sem_getvalue(&room, &value));
    SHOW(value);

    sem_init(&never, 0, 0);
    puts("interrupted");
    wait_interrupted(0);
    puts("restarted");
    wait_interrupted(SA_RESTART);
    CALL(sem_destroy(&never));
    return 0;
}
