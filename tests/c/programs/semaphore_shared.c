/* Semaphores without names in memory that processes share: a bounded buffer, waiting for a time, and interruptions. */
#include "show.h"
#include <semaphore.h>

#define PLACES 3
#define ITEMS 50

static struct {
    sem_t free, used, lock, gate;
    int first, last, items[PLACES], sums[4];
} *shared;

static int consumes(int number) {
    for (;;) {
        sem_wait(&shared->used);
        sem_wait(&shared->lock);
        int item = shared->items[shared->first++ % PLACES];
        sem_post(&shared->lock);
        sem_post(&shared->free);
        if (item < 0)
            return 0;
        shared->sums[number] += item;
    }
}

static int produces(int number) {
    for (int i = 1; i <= ITEMS; i++) {
        sem_wait(&shared->free);
        sem_wait(&shared->lock);
        shared->items[shared->last++ % PLACES] = number * 1000 + i;
        sem_post(&shared->lock);
        sem_post(&shared->used);
    }
    return 0;
}

static void start(int (*function)(int), int number) {
    if (fork() == 0)
        _exit(function(number));
}

static void exchange(void) {
    start(consumes, 0), start(consumes, 1), start(produces, 2), start(produces, 3);
    for (int i = 0; i < 2; i++)
        wait(NULL);
    for (int i = 0; i < 2; i++) {
        sem_wait(&shared->free);
        sem_wait(&shared->lock);
        shared->items[shared->last++ % PLACES] = -1;
        sem_post(&shared->lock);
        sem_post(&shared->used);
    }
    while (wait(NULL) > 0)
        continue;
    int value;
    SHOW(shared->sums[0] + shared->sums[1]);
    sem_getvalue(&shared->free, &value);
    SHOW(value);
    sem_getvalue(&shared->used, &value);
    SHOW(value);
}

static void handle(int signal) {
}

static void for_a_time(void) {
    struct timespec past = {1000, 0}, wrong = {1000, -1}, soon;
    CALL(sem_trywait(&shared->gate));
    CALL(sem_timedwait(&shared->gate, &past));
    CALL(sem_timedwait(&shared->gate, &wrong));
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec += soon.tv_nsec >= 997000000, soon.tv_nsec = (soon.tv_nsec + 3000000) % 1000000000;
    CALL(sem_timedwait(&shared->gate, &soon));
    if (fork() == 0) {
        pause_for(2);
        _exit(sem_post(&shared->gate));
    }
    soon.tv_sec += 100;
    CALL(sem_timedwait(&shared->gate, &soon));
    wait(NULL);
    sem_post(&shared->gate);
    CALL(sem_timedwait(&shared->gate, &wrong));
    struct sigaction action = {.sa_handler = handle};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval once = {{0, 0}, {0, 5000}};
    setitimer(ITIMER_REAL, &once, NULL);
    CALL(sem_wait(&shared->gate));
}

int main(void) {
    char name[64];
    snprintf(name, sizeof name, "/forklore.shared.%d", getpid());
    int object = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CALL(ftruncate(object, sizeof *shared));
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    CALL(shm_unlink(name));
    CALL(sem_init(&shared->free, 1, PLACES));
    CALL(sem_init(&shared->used, 1, 0));
    CALL(sem_init(&shared->lock, 1, 1));
    CALL(sem_init(&shared->gate, 1, 0));
    CALL(sem_init(&shared->gate, 1, 0x80000000u));
    exchange();
    for_a_time();
    sem_init(&shared->gate, 1, 0x7fffffff);
    CALL(sem_post(&shared->gate));
    CALL(sem_destroy(&shared->gate));
    return 0;
}
