/* A bounded buffer between processes, with semaphores and shared memory of System V: one operation on two semaphores.
 *
 * A set holds three semaphores: places that are free, items that are there, and a lock. Each step of a producer or a
 * consumer is one semop on two of them, which is done as a whole or waits as a whole. SEM_UNDO gives the lock back for
 * a process that dies with it: the last consumer does, and the others never notice.
 *
 * Expected output:
 *   30 items went through 4 places, their sum is 4365
 *   the lock is free again, though its last owner was killed
 * Exit status: 0
 * Scheduling: any
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FREE, USED, LOCK, SEMAPHORES };
enum { PLACES = 4, PRODUCERS = 3, ITEMS = 10 };

union semun {
    unsigned short *array;
};

struct buffer {
    int first, count, taken, sum, items[PLACES];
};

static int set;
static struct buffer *buffer;

/* Wait for one of a semaphore and for the lock at once. */
static void enter(int number)
{
    struct sembuf both[] = { { number, -1, 0 }, { LOCK, -1, SEM_UNDO } };
    semop(set, both, 2);
}

/* Give one to a semaphore, and the lock back. */
static void leave(int number)
{
    struct sembuf both[] = { { number, 1, 0 }, { LOCK, 1, SEM_UNDO } };
    semop(set, both, 2);
}

static void produce(int producer)
{
    for (int i = 0; i < ITEMS; i++) {
        enter(FREE);
        buffer->items[(buffer->first + buffer->count++) % PLACES] = 100 * producer + i + 41;
        leave(USED);
    }
}

static void consume(void)
{
    for (int is_last = 0; !is_last;) {
        enter(USED);
        buffer->sum += buffer->items[buffer->first++ % PLACES];
        buffer->count--;
        is_last = ++buffer->taken == PRODUCERS * ITEMS;
        if (is_last)
            raise(SIGKILL); /* in the middle, with the lock */
        leave(FREE);
    }
}

int main(void)
{
    unsigned short values[SEMAPHORES] = { PLACES, 0, 1 };
    int object = shmget(IPC_PRIVATE, sizeof *buffer, 0600);
    set = semget(IPC_PRIVATE, SEMAPHORES, 0600);
    buffer = shmat(object, NULL, 0);
    if (set < 0 || buffer == (void *)-1)
        return 1;
    shmctl(object, IPC_RMID, NULL); /* gone with the last process that has it attached */
    semctl(set, 0, SETALL, (union semun){ .array = values });

    for (int producer = 0; producer < PRODUCERS; producer++)
        if (fork() == 0) {
            produce(producer);
            return 0;
        }
    if (fork() == 0)
        consume();
    while (wait(NULL) > 0)
        continue;

    printf("%d items went through %d places, their sum is %d\n", buffer->taken, PLACES, buffer->sum);
    printf("the lock is %s again, though its last owner was killed\n", semctl(set, LOCK, GETVAL) ? "free" : "not free");
    return semctl(set, 0, IPC_RMID);
}
