/* A barrier: threads that work in rounds, each of which needs what all made in the round before.
 *
 * Sums of all first elements, by as many threads as there are elements: in each round every element adds the one that
 * is 1, 2, 4 ... places before it. Nobody may write before all have read, nor read before all have written: so there
 * are two barriers in a round. Without them what comes out would depend on the schedule.
 *
 * Expected output:
 *   start:     1   2   3   4   5   6   7   8
 *   round 1:   1   3   5   7   9  11  13  15
 *   round 2:   1   3   6  10  14  18  22  26
 *   round 3:   1   3   6  10  15  21  28  36
 *   one of the threads at each barrier: 6 times
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { COUNT = 8 };

static int elements[COUNT];
static pthread_barrier_t barrier;
static _Atomic int chosen;

static void show(const char *what)
{
    printf("%-8s", what);
    for (int i = 0; i < COUNT; i++)
        printf("%4d", elements[i]);
    putchar('\n');
}

static void meet(void)
{
    chosen += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD; /* which it tells one of them */
}

static void *add(void *place)
{
    int own = (int)(long)place, round = 0;
    for (int distance = 1; distance < COUNT; distance *= 2) {
        int other = own >= distance ? elements[own - distance] : 0;
        meet(); /* all have read */
        elements[own] += other;
        meet(); /* all have written */
        round++;
        if (own == 0) { /* the next round only reads until its first barrier, where this one is missing */
            char text[16];
            snprintf(text, sizeof text, "round %d:", round);
            show(text);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[COUNT];
    pthread_barrier_init(&barrier, NULL, COUNT);
    for (int i = 0; i < COUNT; i++)
        elements[i] = i + 1;
    show("start:");
    for (long i = 0; i < COUNT; i++)
        pthread_create(&threads[i], NULL, add, (void *)i);
    for (int i = 0; i < COUNT; i++)
        pthread_join(threads[i], NULL);
    printf("one of the threads at each barrier: %d times\n", chosen);
    return 0;
}
