/* Readers and writers: a read-write lock lets readers in together, and a writer alone.
 *
 * Two numbers must always be equal. Writers change one after the other; a reader without the lock would sometimes find
 * them different. At the start the readers wait inside for each other, which only a lock that they share allows: with a
 * plain mutex the program would hang there.
 *
 * Expected output:
 *   4 readers inside at once
 *   100 changes, both numbers 100
 *   readers found them different 0 times
 *   most writers inside: 1
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { READERS = 4, WRITERS = 2, CHANGES = 50 };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t all_inside;
static int first, second; /* always equal while nobody writes */
static int writers, most_writers;
static _Atomic int readers, together, different;

static void *read_often(void *nothing)
{
    pthread_rwlock_rdlock(&lock);
    readers++;
    pthread_barrier_wait(&all_inside);
    together = readers;
    pthread_barrier_wait(&all_inside);
    pthread_rwlock_unlock(&lock);
    for (int i = 0; i < CHANGES; i++) {
        pthread_rwlock_rdlock(&lock);
        different += first != second;
        pthread_rwlock_unlock(&lock);
    }
    return nothing;
}

static void *write_often(void *nothing)
{
    for (int i = 0; i < CHANGES; i++) {
        pthread_rwlock_wrlock(&lock);
        if (++writers > most_writers)
            most_writers = writers;
        first++;
        sched_yield(); /* let the others see the half of it, if they can */
        second++;
        writers--;
        pthread_rwlock_unlock(&lock);
    }
    return nothing;
}

int main(void)
{
    pthread_t threads[READERS + WRITERS];
    pthread_barrier_init(&all_inside, NULL, READERS);
    for (int i = 0; i < READERS + WRITERS; i++)
        pthread_create(&threads[i], NULL, i < READERS ? read_often : write_often, NULL);
    for (int i = 0; i < READERS + WRITERS; i++)
        pthread_join(threads[i], NULL);
    printf("%d readers inside at once\n", together);
    printf("%d changes, both numbers %d\n", WRITERS * CHANGES, first == second ? first : -1);
    printf("readers found them different %d times\n", different);
    printf("most writers inside: %d\n", most_writers);
    return 0;
}
