/* Semaphores, mutexes and condition variables in memory that processes share. */
#include "show.h"
#include <pthread.h>
#include <semaphore.h>

struct shared {
    sem_t empty, full;
    pthread_mutex_t mutex;
    int buffer[4], total, count;
};

int main(void) {
    struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CALL(sem_init(&shared->empty, 1, 4));
    CALL(sem_init(&shared->full, 1, 0));
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    CALL(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    CALL(pthread_mutex_init(&shared->mutex, &attributes));
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 1000; i++) {
            sem_wait(&shared->empty);
            shared->buffer[i % 4] = i;
            sem_post(&shared->full);
        }
        _exit(0);
    }
    for (int i = 0; i < 1000; i++) {
        sem_wait(&shared->full);
        shared->total += shared->buffer[i % 4];
        sem_post(&shared->empty);
    }
    show_end("producer", child);
    SHOW(shared->total);
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            for (int j = 0; j < 500; j++) {
                pthread_mutex_lock(&shared->mutex);
                int seen = shared->count;
                if (j % 50 == 0)
                    sched_yield();
                shared->count = seen + 1;
                pthread_mutex_unlock(&shared->mutex);
            }
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    SHOW(shared->count);
    CALL(sem_trywait(&shared->full));
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 30000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    CALL(sem_timedwait(&shared->full, &soon));
    return 0;
}
