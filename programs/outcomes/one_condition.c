/* One condition for two things, "there is an item" and "there is room": a signal may wake the wrong one.
 *
 * Producers and consumers share a place for one item, a lock, and the condition. A signal wakes one of those who wait:
 * a producer that wakes a producer has used up the only signal, and everybody sleeps. To wake all of them mends it.
 * Each "+" is an item made, each "-" an item used. The arguments are items for each process, producers, consumers, and
 * "all" for the mended one; 2, 1 and 2 without.
 *
 * Where 2 items are made and 4 wanted, the first, the second or both consumers wait at the end of "+-+-": 3 outcomes.
 * The fourth is "+-", and all three wait. Where 4 are made and 2 wanted, one of two producers is left after "+-+-+";
 * and after "+-+" the consumer is, with the first, the second or both of them.
 *
 * The lock is a word that one instruction takes, and a futex to sleep on. The condition is a number that every signal
 * changes: who has seen the old one falls asleep only while it is still there.
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
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_futex_time64 /* where time has been 64 bits wide from the beginning */
#define SYS_futex_time64 SYS_futex
#endif

enum { MOST = 8 };

static struct shared {
    int locked, signals;
    int items; /* 0 or 1 */
} *shared;
static int woken_by_a_signal = 1;

static void sleep_while(int *word, int value)
{
    syscall(SYS_futex_time64, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void wake(int *word, int sleepers)
{
    syscall(SYS_futex_time64, word, FUTEX_WAKE, sleepers, NULL, NULL, 0);
}

static void lock(void)
{
    while (__atomic_exchange_n(&shared->locked, 1, __ATOMIC_ACQUIRE))
        sleep_while(&shared->locked, 1);
}

static void unlock(void)
{
    __atomic_store_n(&shared->locked, 0, __ATOMIC_RELEASE);
    wake(&shared->locked, 1);
}

/* Let go of the lock until there was a signal. */
static void wait_for_signal(void)
{
    int seen = shared->signals;
    unlock();
    sleep_while(&shared->signals, seen);
    lock();
}

static void signal_change(void)
{
    shared->signals++;
    wake(&shared->signals, woken_by_a_signal);
}

/* Add change, 1 or -1, to the number of items, as often as asked, whenever that leaves 0 or 1. */
static void work(int rounds, int change)
{
    for (int round = 0; round < rounds; round++) {
        lock();
        while (shared->items + change < 0 || shared->items + change > 1)
            wait_for_signal();
        shared->items += change;
        write(STDOUT_FILENO, change > 0 ? "+" : "-", 1);
        signal_change();
        unlock();
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 2;
    int producers = argc > 2 ? atoi(argv[2]) : 1, consumers = argc > 3 ? atoi(argv[3]) : 2;
    pid_t children[MOST];
    if (argc > 4 && strcmp(argv[4], "all") == 0)
        woken_by_a_signal = INT_MAX;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || producers + consumers > MOST)
        return 1;
    for (int i = 0; i < producers + consumers; i++) {
        children[i] = fork();
        if (children[i] == 0)
            work(rounds, i < producers ? 1 : -1);
    }
    for (int i = 0; i < producers + consumers; i++)
        waitpid(children[i], NULL, 0);
    return 0;
}
