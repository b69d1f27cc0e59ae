/* Condition variables, read-write locks and semaphores in memory that processes share. */
#include "threads.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t condition, answer;
    pthread_rwlock_t rwlock;
    sem_t items, room, done;
    int waiting, tickets, served, readers, most, value, ring[3];
} *shared;

static int take_ticket(void) {
    pthread_mutex_lock(&shared->lock);
    shared->waiting++;
    pthread_cond_signal(&shared->answer);
    while (!shared->tickets)
        pthread_cond_wait(&shared->condition, &shared->lock);
    shared->tickets--;
    shared->served++;
    pthread_cond_signal(&shared->answer);
    pthread_mutex_unlock(&shared->lock);
    return 0;
}

static void until(int *what, int count) {
    while (*what < count)
        pthread_cond_wait(&shared->answer, &shared->lock);
}

/* All of them read at once, each when the last has come. */
static int read_together(void) {
    pthread_rwlock_rdlock(&shared->rwlock);
    pthread_mutex_lock(&shared->lock);
    shared->readers++;
    pthread_cond_broadcast(&shared->answer);
    until(&shared->readers, 3);
    pthread_mutex_unlock(&shared->lock);
    int seen = shared->value;
    pthread_rwlock_unlock(&shared->rwlock);
    pthread_rwlock_wrlock(&shared->rwlock);
    shared->value++;
    pthread_rwlock_unlock(&shared->rwlock);
    return seen;
}

static int consume(void) {
    int sum = 0;
    for (int i = 0; i < 20; i++) {
        sem_wait(&shared->items);
        sum = sum * 3 + shared->ring[i % 3];
        sem_post(&shared->room);
    }
    sem_post(&shared->done);
    return sum & 127;
}

static pid_t begin_process(int (*function)(void)) {
    pid_t child = fork();
    if (child == 0)
        _exit(function());
    return child;
}

int main(void) {
    pid_t children[4];
    pthread_mutexattr_t for_mutex;
    pthread_condattr_t for_condition;
    pthread_rwlockattr_t for_rwlock;
    int value = -1;
    shared = map_shared(sizeof *shared);
    pthread_mutexattr_init(&for_mutex);
    pthread_mutexattr_setpshared(&for_mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &for_mutex);
    pthread_condattr_init(&for_condition);
    GIVES(pthread_condattr_setpshared(&for_condition, PTHREAD_PROCESS_SHARED));
    GIVES(pthread_condattr_getpshared(&for_condition, &value));
    TRUE(value == PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->condition, &for_condition);
    pthread_cond_init(&shared->answer, &for_condition);
    pthread_rwlockattr_init(&for_rwlock);
    GIVES(pthread_rwlockattr_setpshared(&for_rwlock, PTHREAD_PROCESS_SHARED));
    pthread_rwlock_init(&shared->rwlock, &for_rwlock);

    for (int i = 0; i < 4; i++)
        children[i] = begin_process(take_ticket);
    pthread_mutex_lock(&shared->lock);
    until(&shared->waiting, 4);
    shared->tickets = 1;
    pthread_cond_signal(&shared->condition);
    until(&shared->served, 1);
    SHOW(shared->served);
    shared->tickets = 3;
    pthread_cond_broadcast(&shared->condition);
    until(&shared->served, 4);
    SHOW(shared->tickets);
    pthread_mutex_unlock(&shared->lock);
    for (int i = 0; i < 4; i++)
        show_end("ticket", children[i]);

    struct timespec past = {1, 0};
    pthread_mutex_lock(&shared->lock);
    GIVES(pthread_cond_timedwait(&shared->condition, &shared->lock, &past));
    pthread_mutex_unlock(&shared->lock);
    GIVES(pthread_cond_destroy(&shared->condition));

    for (int i = 0; i < 3; i++)
        children[i] = begin_process(read_together);
    for (int i = 0; i < 3; i++)
        waitpid(children[i], NULL, 0);
    SHOW(shared->value);

    sem_init(&shared->items, 1, 0);
    sem_init(&shared->room, 1, 3);
    sem_init(&shared->done, 1, 0);
    pid_t consumer = begin_process(consume);
    for (int i = 0; i < 20; i++) {
        sem_wait(&shared->room);
        shared->ring[i % 3] = i;
        sem_post(&shared->items);
    }
    sem_wait(&shared->done);
    show_end("consumer", consumer);
    return 0;
}
