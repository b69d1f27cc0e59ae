/* Clocks: they go on, each in its way; what is no clock is refused. */
#include "show.h"
#include <sys/times.h>

int main(void) {
    struct timespec one, two, resolution;
    clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                          CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME};
    for (int i = 0; i < 8; i++) {
        CALL(clock_gettime(clocks[i], &one));
        for (volatile int j = 0; j < 100000; j++)
            ;
        CALL(clock_gettime(clocks[i], &two));
        TRUE(two.tv_sec > one.tv_sec || (two.tv_sec == one.tv_sec && two.tv_nsec >= one.tv_nsec));
        TRUE(two.tv_nsec >= 0 && two.tv_nsec < 1000000000);
        CALL(clock_getres(clocks[i], &resolution));
        TRUE(resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    }
    CALL(clock_gettime(77, &one));
    CALL(clock_getres(77, &one));
    CALL(clock_getres(CLOCK_MONOTONIC, NULL));
    CALL(syscall(SYS_clock_gettime, CLOCK_REALTIME, (void *)8));
    CALL(clock_settime(CLOCK_MONOTONIC, &one));
    CALL(clock_settime(CLOCK_REALTIME, &(struct timespec){1000000000, 0}));
    struct timeval day;
    CALL(gettimeofday(&day, NULL));
    clock_gettime(CLOCK_REALTIME, &one);
    TRUE(one.tv_sec - day.tv_sec <= 1 && time(NULL) - day.tv_sec <= 1);
    TRUE(day.tv_sec > 1700000000);
    long long before = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    pause_for(200);
    TRUE(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - before < 100);
    struct tms buffer;
    TRUE(times(&buffer) != (clock_t)-1);
    TRUE(buffer.tms_cutime == 0 && buffer.tms_cstime == 0);
    SHOW(sysconf(_SC_CLK_TCK));
    return 0;
}
