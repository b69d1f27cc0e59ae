/* Condition variables: a signal wakes one, a broadcast all, the mutex is held again, and no wake-up is kept. */
#include "threads.h"

enum { THREADS = 6 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER, answer = PTHREAD_COND_INITIALIZER;
static int tickets, waiting, served, inside, most, turn, stage;

static void *take_ticket(void *argument) {
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_cond_signal(&answer);
    while (!tickets)
        pthread_cond_wait(&condition, &lock);
    tickets--;
    if (++inside > most)
        most = inside;
    served++;
    sched_yield();
    inside--;
    pthread_cond_signal(&answer);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *in_turn(void *argument) {
    pthread_mutex_lock(&lock);
    while (turn != (int)(long)argument)
        pthread_cond_wait(&condition, &lock);
    printf("turn of %ld\n", (long)argument);
    turn++;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Two threads hand a number to and fro. */
static void *play(void *argument) {
    long own = (long)argument;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 50; i++) {
        while (stage % 2 != own)
            pthread_cond_wait(own ? &condition : &answer, &lock);
        stage++;
        pthread_cond_signal(own ? &answer : &condition);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void until(int *what, int count) {
    while (*what < count)
        pthread_cond_wait(&answer, &lock);
}

int main(void) {
    pthread_t threads[THREADS];
    GIVES(pthread_cond_signal(&condition)); /* nobody waits: it is lost */
    GIVES(pthread_cond_broadcast(&condition));

    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(take_ticket, NULL);
    pthread_mutex_lock(&lock);
    until(&waiting, THREADS);
    SHOW(served);
    tickets = 1;
    pthread_cond_signal(&condition);
    until(&served, 1);
    SHOW(served);
    tickets = 2;
    pthread_cond_signal(&condition);
    pthread_cond_signal(&condition);
    until(&served, 3);
    SHOW(served);
    tickets = THREADS;
    pthread_cond_broadcast(&condition);
    until(&served, THREADS);
    SHOW(tickets);
    SHOW(most);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);

    for (long i = 0; i < THREADS; i++)
        threads[i] = begin(in_turn, (void *)(THREADS - 1 - i));
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);

    pthread_t first = begin(play, NULL), second = begin(play, (void *)1);
    join(first);
    join(second);
    SHOW(stage);

    pthread_mutexattr_t attributes;
    pthread_mutex_t checking;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attributes);
    GIVES(pthread_cond_wait(&condition, &checking)); /* not held */
    GIVES(pthread_cond_destroy(&condition));
    return 0;
}
