/* Five philosophers, five forks: each needs the two beside the plate, and each fork is a mutex.
 *
 * Who takes the lower-numbered fork first can never be part of a circle of waiting, so all will eat. With the argument
 * "deadlock" each takes the left fork, and the right one when all have done so: everybody waits for a neighbour, the
 * machine sees that no thread can ever run again, says who waits, and ends with 124. (Linux waits for ever.)
 *
 * Expected output:
 *   philosopher 0 ate 10 times
 *   philosopher 1 ate 10 times
 *   philosopher 2 ate 10 times
 *   philosopher 3 ate 10 times
 *   philosopher 4 ate 10 times
 *   a fork in two hands: 0 times
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PHILOSOPHERS = 5, MEALS = 10 };

static pthread_mutex_t forks[PHILOSOPHERS];
static _Atomic int hands[PHILOSOPHERS], shared;
static int meals[PHILOSOPHERS];
static pthread_barrier_t all_have_one;
static int waits_for_all;

static void take(int fork)
{
    pthread_mutex_lock(&forks[fork]);
    shared += hands[fork]++ > 0;
}

static void put_back(int fork)
{
    hands[fork]--;
    pthread_mutex_unlock(&forks[fork]);
}

static void *dine(void *place)
{
    int own = (int)(long)place, left = own, right = (own + 1) % PHILOSOPHERS;
    int first = left, second = right;
    if (!waits_for_all && right < left) { /* the last one: right is fork 0 */
        first = right;
        second = left;
    }
    for (int i = 0; i < MEALS; i++) {
        take(first);
        if (waits_for_all)
            pthread_barrier_wait(&all_have_one);
        take(second);
        meals[own]++;
        sched_yield(); /* eat */
        put_back(second);
        put_back(first);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[PHILOSOPHERS];
    waits_for_all = argc > 1 && strcmp(argv[1], "deadlock") == 0;
    pthread_barrier_init(&all_have_one, NULL, PHILOSOPHERS);
    for (int i = 0; i < PHILOSOPHERS; i++)
        pthread_mutex_init(&forks[i], NULL);
    for (long i = 0; i < PHILOSOPHERS; i++)
        pthread_create(&threads[i], NULL, dine, (void *)i);
    for (int i = 0; i < PHILOSOPHERS; i++) {
        pthread_join(threads[i], NULL);
        printf("philosopher %d ate %d times\n", i, meals[i]);
    }
    printf("a fork in two hands: %d times\n", shared);
    return 0;
}
