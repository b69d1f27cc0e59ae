/* Producers and consumers share a buffer of four places: one mutex, and a condition for each reason to wait.
 *
 * Who waits for a place and who waits for an item wait for different things, so there are two conditions; and each
 * waits in a loop, for another may have been faster between the wake-up and the lock. Which consumer gets which item
 * depends on the schedule. That each item arrives once, and those of one producer in their order, does not.
 *
 * Expected output:
 *   60 items produced, 60 consumed, sum 1830
 *   out of order: 0
 *   too many in the buffer: 0
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <stdio.h>

enum { PLACES = 4, PRODUCERS = 3, CONSUMERS = 2, ITEMS = 20 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t has_room, has_items;
    int items[PLACES], first, count;
    int open; /* producers that have not finished */
} buffer = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, .open = PRODUCERS };

static int produced, consumed, sum, too_many, out_of_order;
static int last[PRODUCERS]; /* consumed of each */

static void put(int item)
{
    pthread_mutex_lock(&buffer.lock);
    while (buffer.count == PLACES)
        pthread_cond_wait(&buffer.has_room, &buffer.lock);
    buffer.items[(buffer.first + buffer.count++) % PLACES] = item;
    too_many += buffer.count > PLACES;
    produced++;
    pthread_cond_signal(&buffer.has_items);
    pthread_mutex_unlock(&buffer.lock);
}

/* False when nobody will ever put anything again. */
static int take(void)
{
    pthread_mutex_lock(&buffer.lock);
    while (buffer.count == 0 && buffer.open)
        pthread_cond_wait(&buffer.has_items, &buffer.lock);
    int found = buffer.count > 0;
    if (found) {
        int item = buffer.items[buffer.first], producer = (item - 1) / ITEMS;
        buffer.first = (buffer.first + 1) % PLACES;
        buffer.count--;
        out_of_order += item <= last[producer];
        last[producer] = item;
        sum += item;
        consumed++;
        pthread_cond_signal(&buffer.has_room);
    }
    pthread_mutex_unlock(&buffer.lock);
    return found;
}

static void *produce(void *first)
{
    for (int i = 0; i < ITEMS; i++)
        put(*(int *)first + i);
    pthread_mutex_lock(&buffer.lock);
    buffer.open--;
    pthread_cond_broadcast(&buffer.has_items); /* all consumers must learn of the end */
    pthread_mutex_unlock(&buffer.lock);
    return NULL;
}

static void *consume(void *nothing)
{
    while (take())
        ;
    return nothing;
}

int main(void)
{
    pthread_t threads[PRODUCERS + CONSUMERS];
    int first[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) {
        first[i] = 1 + i * ITEMS;
        pthread_create(&threads[i], NULL, produce, &first[i]);
    }
    for (int i = PRODUCERS; i < PRODUCERS + CONSUMERS; i++)
        pthread_create(&threads[i], NULL, consume, NULL);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(threads[i], NULL);
    printf("%d items produced, %d consumed, sum %d\n", produced, consumed, sum);
    printf("out of order: %d\n", out_of_order);
    printf("too many in the buffer: %d\n", too_many);
    return 0;
}
