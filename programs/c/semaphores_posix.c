/* A bounded buffer between processes, with semaphores of POSIX: those with a name, which any process can open, and those
 * that lie in shared memory.
 *
 * Producers open the semaphores by name, as unrelated programs would; the lock has no name and lies in the buffer
 * itself. While a semaphore is not 0, sem_wait makes no call of the system: it is a word that both sides share.
 *
 * Expected output:
 *   30 items went through 4 places, their sum is 4365
 *   4 places are free, 0 are used
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES = 4, PRODUCERS = 3, ITEMS = 10 };

struct buffer {
    sem_t lock;
    int first, count, taken, sum, items[PLACES];
};

static char free_name[32], used_name[32];
static sem_t *free_places, *used_places;
static struct buffer *buffer;

static void produce(int producer)
{
    sem_t *room = sem_open(free_name, 0), *items = sem_open(used_name, 0);
    for (int i = 0; i < ITEMS; i++) {
        sem_wait(room);
        sem_wait(&buffer->lock);
        buffer->items[(buffer->first + buffer->count++) % PLACES] = 100 * producer + i + 41;
        sem_post(&buffer->lock);
        sem_post(items);
    }
}

static void consume(void)
{
    for (int taken = 0; taken < PRODUCERS * ITEMS; taken++) {
        sem_wait(used_places);
        sem_wait(&buffer->lock);
        buffer->sum += buffer->items[buffer->first++ % PLACES];
        buffer->count--;
        buffer->taken++;
        sem_post(&buffer->lock);
        sem_post(free_places);
    }
}

int main(void)
{
    int free_left = 0, used_left = 0;
    snprintf(free_name, sizeof free_name, "/forklore-free-%d", getpid());
    snprintf(used_name, sizeof used_name, "/forklore-used-%d", getpid());
    free_places = sem_open(free_name, O_CREAT | O_EXCL, 0600, PLACES);
    used_places = sem_open(used_name, O_CREAT | O_EXCL, 0600, 0);
    buffer = mmap(NULL, sizeof *buffer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (free_places == SEM_FAILED || used_places == SEM_FAILED || buffer == MAP_FAILED)
        return 1;
    sem_init(&buffer->lock, 1, 1); /* 1: for several processes */

    for (int producer = 0; producer < PRODUCERS; producer++)
        if (fork() == 0) {
            produce(producer);
            return 0;
        }
    consume();
    while (wait(NULL) > 0)
        continue;

    sem_getvalue(free_places, &free_left);
    sem_getvalue(used_places, &used_left);
    printf("%d items went through %d places, their sum is %d\n", buffer->taken, PLACES, buffer->sum);
    printf("%d places are free, %d are used\n", free_left, used_left);
    sem_unlink(free_name);
    sem_unlink(used_name);
    return 0;
}
