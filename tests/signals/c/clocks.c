// Clocks, sleeping, interval timers and processor times.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_clock_getres_time64
#define GETRES SYS_clock_getres_time64
#else
#define GETRES SYS_clock_getres
#endif

static volatile int rings;
static void ring(int sig) { rings++; }
static void failed(const char *what, int result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "worked"); }

static long long now(int clock) {
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void compute(void) { for (volatile int i = 0; i < 10000; i++) {} }

static void burn(int clock, long long nanoseconds) {
    long long end = now(clock) + nanoseconds;
    while (now(clock) < end) compute();
}

int main(void) {
    setvbuf(stdout, 0, _IONBF, 0);
    long long begin = now(CLOCK_MONOTONIC), day = now(CLOCK_REALTIME), busy = now(CLOCK_PROCESS_CPUTIME_ID);
    usleep(30000);
    long long slept = now(CLOCK_MONOTONIC) - begin;
    printf("slept %d\n", slept >= 30000000 && slept < 300000000);
    printf("both clocks %d\n", now(CLOCK_REALTIME) - day >= 30000000);
    printf("a day after 2020 %d\n", day > 1577836800LL * 1000000000);
    printf("no processor time %d\n", now(CLOCK_PROCESS_CPUTIME_ID) - busy < 20000000);
    for (int clock = -2; clock < 14; clock++)
        if (clock < 0 || clock == 8 || clock == 9 || clock > 11) {
            struct timespec t;
            long result = syscall(GETRES, clock, &t);
            if (clock > 9) printf("clock %d: %ld\n", clock, result < 0 ? errno : 0L);
        }
    struct timespec t = {.tv_nsec = 1000000000};
    failed("too many nanoseconds", nanosleep(&t, 0));
    t = (struct timespec){.tv_sec = -1};
    failed("negative", nanosleep(&t, 0));
    t = (struct timespec){.tv_sec = 1};
    printf("absolute in the past %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){0}, 0));
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 20000000;
    if (t.tv_nsec >= 1000000000) t.tv_nsec -= 1000000000, t.tv_sec++;
    begin = now(CLOCK_MONOTONIC);
    printf("absolute %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0));
    slept = now(CLOCK_MONOTONIC) - begin;
    printf("slept %d\n", slept > 10000000 && slept < 300000000);

    signal(SIGALRM, ring);
    struct itimerval value = {.it_value.tv_usec = 10000, .it_interval.tv_usec = 10000}, old;
    failed("setitimer", setitimer(ITIMER_REAL, &value, 0));
    while (rings < 4) pause();
    setitimer(ITIMER_REAL, &(struct itimerval){0}, &old);
    printf("interval %ld, left %d\n", (long)old.it_interval.tv_usec, old.it_value.tv_usec <= 10000);
    getitimer(ITIMER_REAL, &old);
    printf("stopped %ld %ld\n", (long)old.it_value.tv_usec, (long)old.it_interval.tv_usec);
    value.it_value.tv_usec = 1000000;
    failed("too many microseconds", setitimer(ITIMER_REAL, &value, 0));
    failed("no such timer", setitimer(3, &old, 0));
    failed("no such timer", getitimer(-1, &old));
    alarm(50);
    printf("alarm left %d\n", alarm(0) >= 49);
    printf("alarm again %d\n", alarm(0));

    for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
        int sig = which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF;
        signal(sig, ring);
        rings = 0;
        value = (struct itimerval){.it_value.tv_usec = 8000, .it_interval.tv_usec = 8000};
        setitimer(which, &value, 0);
        usleep(50000);
        printf("asleep it does not run: %d\n", rings);
        long long start = now(CLOCK_MONOTONIC);
        while (rings < 3 && now(CLOCK_MONOTONIC) - start < 10000000000LL) compute();
        setitimer(which, &(struct itimerval){0}, 0);
        printf("busy it does: %d\n", rings >= 3);
    }

    // Ignored and blocked alarms.
    signal(SIGALRM, SIG_IGN);
    value = (struct itimerval){.it_value.tv_usec = 5000};
    setitimer(ITIMER_REAL, &value, 0);
    printf("sleep over an ignored alarm %d\n", usleep(20000));
    // A child has no timers; its times go to its parent.
    signal(SIGALRM, ring), rings = 0;
    alarm(100);
    int status;
    if (!fork()) {
        printf("child's alarm %d\n", alarm(0));
        burn(CLOCK_PROCESS_CPUTIME_ID, 30000000);
        _exit(0);
    }
    wait(&status);
    printf("parent's alarm %d\n", alarm(0) > 90);
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("child's time %d\n", usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec >= 20000);
    struct tms tms;
    printf("times %d\n", times(&tms) != -1 && tms.tms_cutime + tms.tms_cstime >= 2 && tms.tms_cutime + tms.tms_cstime < 100);
    failed("usage of nobody", getrusage(9, &usage));
    return 0;
}
