/* Sleeping: long enough, absolute or relative, and what is refused. */
#include "show.h"

static void timed(const char *what, int result, long long before, long least) {
    long long took = milliseconds(CLOCK_MONOTONIC) - before;
    printf("%s: %s, %s\n", what, result ? strerror(result) : "slept", took >= least ? "long enough" : "too short");
}

int main(void) {
    long long before = milliseconds(CLOCK_MONOTONIC);
    struct timespec time = {0, 50000000}, now;
    timed("nanosleep", nanosleep(&time, NULL), before, 50);
    before = milliseconds(CLOCK_MONOTONIC);
    timed("relative", clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL), before, 50);
    before = milliseconds(CLOCK_MONOTONIC);
    timed("real", clock_nanosleep(CLOCK_REALTIME, 0, &time, NULL), before, 50);
    clock_gettime(CLOCK_MONOTONIC, &now);
    before = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
    now.tv_nsec += 40000000;
    now.tv_sec += now.tv_nsec / 1000000000;
    now.tv_nsec %= 1000000000;
    timed("absolute", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL), before, 40);
    now = (struct timespec){0, 1};
    timed("past", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL), before, 0);
    before = milliseconds(CLOCK_MONOTONIC);
    usleep(20000);
    timed("usleep", 0, before, 20);
    SHOW(sleep(0));
    CALL(nanosleep(&(struct timespec){0, 1000000000}, NULL));
    CALL(nanosleep(&(struct timespec){-1, 0}, NULL));
    CALL(nanosleep(&(struct timespec){0, 0}, NULL));
    SHOW(clock_nanosleep(77, 0, &time, NULL));
    SHOW(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
    CALL(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (void *)8, NULL));
    return 0;
}
