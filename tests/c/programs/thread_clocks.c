/* The time that threads use: of one thread, of all, by clocks and by getrusage. */
#include "threads.h"

static steps gate, ready;

static long long used(clockid_t clock) {
    struct timespec now = {-1, 0};
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long used_by(int who) {
    struct rusage usage;
    getrusage(who, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* Works until it has used so many milliseconds of its own. */
static void work(long long amount) {
    while (used(CLOCK_THREAD_CPUTIME_ID) < amount * 1000000)
        for (volatile int i = 0; i < 1000; i++)
            ;
}

static void *work_in_thread(void *argument) {
    TRUE(used(CLOCK_THREAD_CPUTIME_ID) < 2000000); /* it begins with nothing */
    work((long)argument);
    step(&ready);
    await(&gate, 1);
    return NULL;
}

static void *sleep_in_thread(void *argument) {
    long long before = used(CLOCK_THREAD_CPUTIME_ID);
    pause_for(30);
    TRUE(used(CLOCK_THREAD_CPUTIME_ID) - before < 10000000);
    return NULL;
}

int main(void) {
    clockid_t clock = 0;
    struct timespec moment;
    work(1);
    long long all = used(CLOCK_PROCESS_CPUTIME_ID), own = used(CLOCK_THREAD_CPUTIME_ID);
    pthread_t worker = begin(work_in_thread, (void *)3);
    await(&ready, 1);
    GIVES(pthread_getcpuclockid(worker, &clock));
    long long workers = used(clock);
    TRUE(workers >= 3000000);
    long long more = used(CLOCK_PROCESS_CPUTIME_ID) - all;
    TRUE(more >= workers);
    TRUE(used(CLOCK_THREAD_CPUTIME_ID) - own < more); /* which is not this thread's */
    TRUE(used_by(RUSAGE_SELF) - used_by(RUSAGE_THREAD) >= 2000);

    GIVES(pthread_getcpuclockid(pthread_self(), &clock));
    long long before = used(CLOCK_THREAD_CPUTIME_ID), between = used(clock), after = used(CLOCK_THREAD_CPUTIME_ID);
    TRUE(before <= between && between <= after);
    CALL(clock_getres(clock, &moment));
    CALL(clock_settime(CLOCK_THREAD_CPUTIME_ID, &moment));
    CALL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &moment, NULL));

    GIVES(pthread_getcpuclockid(worker, &clock));
    step(&gate);
    join(worker);
    while (clock_gettime(clock, &moment) == 0) /* until it is quite gone */
        sched_yield();
    CALL(clock_gettime(clock, &moment));
    TRUE(used(CLOCK_PROCESS_CPUTIME_ID) - all >= workers); /* it is not lost */
    join(begin(sleep_in_thread, NULL));
    GIVES(clock_getcpuclockid(0, &clock));
    TRUE(used(clock) >= workers);
    GIVES(clock_getcpuclockid(4000001, &clock));
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    GIVES(clock_getcpuclockid(child, &clock));
    TRUE(used(clock) < workers);
    CALL(clock_gettime((-child - 1) * 8 + 6, &moment)); /* a thread of another process */
    CALL(clock_gettime(-5, &moment));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CALL(clock_gettime(clock, &moment));
    CALL(getrusage(7, &(struct rusage){0}));
    return 0;
}
