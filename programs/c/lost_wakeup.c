/* A lost wake-up: a thread looks, finds nothing, and goes to sleep; what it waits for comes between the two.
 *
 * A condition does not remember: a signal while nobody waits is gone. So who looks and who changes must hold the same
 * lock, and the wait lets go of it and falls asleep in one step. Two semaphores force the unlucky order here, which
 * otherwise comes once in a thousand runs. A limit on the wait ends the run that would hang.
 *
 * Expected output:
 *   looked without the lock: the wake-up was lost, and the waiter slept until its limit
 *   looked with the lock: awake, with 2 units in stock
 * Exit status: 0
 * Scheduling: any
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t delivered = PTHREAD_COND_INITIALIZER;
static int stock;
static sem_t has_looked, has_signalled;

static struct timespec soon(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 20 * 1000 * 1000;
    if (time.tv_nsec >= 1000000000)
        time.tv_sec++, time.tv_nsec -= 1000000000;
    return time;
}

static void *deliver(void *nothing)
{
    sem_wait(&has_looked);
    pthread_mutex_lock(&lock);
    stock++;
    pthread_cond_signal(&delivered);
    pthread_mutex_unlock(&lock);
    sem_post(&has_signalled);
    return nothing;
}

/* Wrong: what was seen before the lock may not be true any more. */
static int wait_wrongly(void)
{
    int error = 0;
    if (stock == 0) {
        sem_post(&has_looked);
        sem_wait(&has_signalled); /* the delivery happens just here */
        struct timespec limit = soon();
        pthread_mutex_lock(&lock);
        error = pthread_cond_timedwait(&delivered, &lock, &limit);
        pthread_mutex_unlock(&lock);
    }
    return error;
}

/* Right: nobody can deliver between the look and the sleep, for that takes the lock. */
static int wait_rightly(int wanted)
{
    pthread_mutex_lock(&lock);
    sem_post(&has_looked); /* the delivery may come as soon as it can */
    while (stock < wanted)
        pthread_cond_wait(&delivered, &lock);
    int seen = stock;
    pthread_mutex_unlock(&lock);
    return seen;
}

int main(void)
{
    pthread_t supplier;
    sem_init(&has_looked, 0, 0);
    sem_init(&has_signalled, 0, 0);

    pthread_create(&supplier, NULL, deliver, NULL);
    int error = wait_wrongly();
    pthread_join(supplier, NULL);
    printf("looked without the lock: %s\n",
           error == ETIMEDOUT ? "the wake-up was lost, and the waiter slept until its limit" : "awake");

    pthread_create(&supplier, NULL, deliver, NULL);
    int seen = wait_rightly(2);
    pthread_join(supplier, NULL);
    printf("looked with the lock: awake, with %d units in stock\n", seen);
    return 0;
}
