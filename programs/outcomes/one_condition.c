/* One condition for two things, "there is an item" and "there is room": a signal may wake the wrong one.
 *
 * Producers and consumers share a place for one item, a lock, and the condition. A signal wakes one of those who wait:
 * a producer that wakes a producer has used up the only signal, and everybody sleeps. To wake all of them mends it.
 * Each "+" is an item made, each "-" an item used. The arguments are items for each process, producers, consumers, and
 * "all" for the mended one; 2, 1 and 2 without.
 *
 * Where 2 items are made and 4 wanted, the first, the second or both consumers wait at the end of "+-+-": 3 outcomes.
 * The fourth is "+-", and all three wait. Where 4 are made and 2 wanted, one of two producers is left after "+-+-+";
 * and after "+-+" the consumer is, with the first, the second or both of them. With 2, 2 and 2 nobody should be left,
 * but "+-+-+-+-" is one outcome of 24; and the only one of the mended program.
 *
 * The lock is a pipe with one message in it: who has read it has the lock, and what the lock protects, which is the
 * message. Each process sleeps on a pipe of its own, in which a wake-up waits if it comes before the sleep.
 *
 * Expected output without newline:
 *   +-+-
 * Exit status: 124
 * Scheduling: depends
 * Outcomes: 4
 * Outcomes with 1 1 1: 1
 * Outcomes with 1 1 2: 2
 * Outcomes with 2 2 1: 5
 * Outcomes with 2 1 2 all: 3
 * Outcomes with 2 2 1 all: 2
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8 };

static struct {
    char items; /* 0 or 1 */
    char sleepers, asleep[MOST];
} shared; /* as it is while this process has the lock */
static int lock[2], wakeups[MOST][2];
static int is_for_all;

static void acquire(void)
{
    read(lock[0], &shared, sizeof shared);
}

static void release(void)
{
    write(lock[1], &shared, sizeof shared);
}

/* Give the lock away until a signal comes. */
static void wait_for_signal(int own)
{
    char signal;
    shared.asleep[(int)shared.sleepers++] = own;
    release();
    read(wakeups[own][0], &signal, 1);
    acquire();
}

/* Wake whoever has slept the longest, or everybody. */
static void signal_change(void)
{
    int woken = is_for_all || shared.sleepers == 0 ? shared.sleepers : 1;
    for (int i = 0; i < woken; i++)
        write(wakeups[(int)shared.asleep[i]][1], "", 1);
    shared.sleepers -= woken;
    memmove(shared.asleep, shared.asleep + woken, shared.sleepers);
}

/* Add change, 1 or -1, to the number of items, as often as asked, whenever that leaves 0 or 1. */
static void work(int own, int rounds, int change)
{
    for (int round = 0; round < rounds; round++) {
        acquire();
        while (shared.items + change < 0 || shared.items + change > 1)
            wait_for_signal(own);
        shared.items += change;
        write(STDOUT_FILENO, change > 0 ? "+" : "-", 1);
        signal_change();
        release();
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 2;
    int producers = argc > 2 ? atoi(argv[2]) : 1, consumers = argc > 3 ? atoi(argv[3]) : 2;
    pid_t children[MOST];
    is_for_all = argc > 4 && strcmp(argv[4], "all") == 0;
    if (producers + consumers > MOST)
        return 1;
    pipe(lock);
    for (int i = 0; i < producers + consumers; i++)
        pipe(wakeups[i]);
    release();
    for (int i = 0; i < producers + consumers; i++) {
        children[i] = fork();
        if (children[i] == 0)
            work(i, rounds, i < producers ? 1 : -1);
    }
    for (int i = 0; i < producers + consumers; i++)
        waitpid(children[i], NULL, 0);
    return 0;
}
