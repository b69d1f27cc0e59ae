/* SCHED_FIFO: the highest priority that is ready runs, until it waits, yields or a higher one is ready.
   User: root */
#include "sched.h"

static int ends[2];

/* A child with a policy, which begins when nobody more important is there. */
static pid_t begins(const char *name, int policy, int priority, int steps) {
    pid_t child = fork();
    if (child == 0) {
        for (int step = 1; step <= steps; step++) {
            printf("%s: %d\n", name, step);
            sched_yield();
        }
        _exit(0);
    }
    if (set_policy(child, policy, priority))
        perror(name);
    return child;
}

static void all_end(void) {
    while (wait(NULL) > 0)
        ;
    puts("all have ended");
}

/* A child that waits for a byte. */
static void listens(const char *name, int policy, int priority) {
    pid_t child = fork();
    if (child == 0) {
        char byte;
        set_policy(0, policy, priority);
        printf("%s listens\n", name);
        read(ends[0], &byte, 1);
        printf("%s hears %c\n", name, byte);
        _exit(0);
    }
}

int main(void) {
    set_policy(0, SCHED_FIFO, 50);
    begins("ordinary", SCHED_OTHER, 0, 1);
    begins("low", SCHED_FIFO, 10, 2);
    begins("high", SCHED_FIFO, 20, 2);
    begins("another low", SCHED_FIFO, 10, 2);
    puts("who creates them runs on");
    all_end();

    puts("a lowered priority: first of those of the new one, behind the higher ones");
    begins("low", SCHED_FIFO, 30, 1);
    begins("high", SCHED_FIFO, 40, 1);
    set_priority(0, 30);
    puts("the parent");
    sched_yield();
    puts("the parent again");
    all_end();

    puts("a raised one");
    begins("first", SCHED_FIFO, 10, 1);
    pid_t second = begins("second", SCHED_FIFO, 10, 1);
    set_priority(second, 11);
    begins("third", SCHED_FIFO, 11, 1);
    all_end();

    puts("who wakes up, and whom");
    pipe(ends);
    listens("low", SCHED_FIFO, 20);
    pause_for(20);
    write(ends[1], "a", 1);
    puts("the parent has written a");
    all_end();
    listens("high", SCHED_FIFO, 40);
    pause_for(20);
    write(ends[1], "b", 1);
    puts("the parent has written b");
    all_end();

    puts("a sleeper");
    pid_t child = fork();
    if (child == 0) {
        set_policy(0, SCHED_FIFO, 60);
        pause_for(50);
        puts("has slept");
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pause_for(20);
    do /* without ever giving way */
        sigpending(&pending);
    while (!sigismember(&pending, SIGUSR1));
    all_end();
    return 0;
}
