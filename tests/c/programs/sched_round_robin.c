/* SCHED_RR takes turns with its equals, SCHED_FIFO when it yields; SCHED_OTHER and SCHED_BATCH with each other.
   User: root */
#include "sched.h"

static volatile int *shared;

/* Two that can only end if both of them run. */
static int meet(int mine, int yields) {
    for (int round = 1; round <= 20; round++) {
        shared[mine] = round;
        while (shared[!mine] < round)
            if (yields)
                sched_yield();
    }
    return mine;
}

static void pair(const char *name, int one, int other, int priority, int yields) {
    shared[0] = shared[1] = 0;
    pid_t first = fork();
    if (first == 0)
        _exit(meet(0, yields));
    set_policy(first, one, priority);
    pid_t second = fork();
    if (second == 0)
        _exit(meet(1, yields));
    set_policy(second, other, priority);
    show_end(name, first);
    show_end(name, second);
}

/* Who is less important does not get on while the other works. */
static void above(const char *name, int one, int one_priority, int other, int other_priority) {
    shared[0] = shared[1] = 0;
    pid_t first = fork();
    if (first == 0) {
        for (int i = 0; i < 3000000; i++)
            shared[0] = i;
        _exit(shared[1]);
    }
    set_policy(first, one, one_priority);
    pid_t second = fork();
    if (second == 0) {
        shared[1] = 1;
        _exit(0);
    }
    set_policy(second, other, other_priority);
    show_end(name, first);
    waitpid(second, NULL, 0);
}

int main(void) {
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    set_policy(0, SCHED_FIFO, 90);
    pair("round robin", SCHED_RR, SCHED_RR, 10, 1);
    pair("first in, first out", SCHED_FIFO, SCHED_FIFO, 10, 1);
    pair("both", SCHED_FIFO, SCHED_RR, 10, 1);
    pair("ordinary", SCHED_OTHER, SCHED_OTHER, 0, 0);
    pair("batch", SCHED_BATCH, SCHED_OTHER, 0, 0);
    pair("idle", SCHED_IDLE, SCHED_IDLE, 0, 0);
    above("first in, first out", SCHED_FIFO, 10, SCHED_FIFO, 10);
    above("over ordinary", SCHED_RR, 1, SCHED_OTHER, 0);
    above("over lower", SCHED_RR, 11, SCHED_FIFO, 10);
    return 0;
}
