/* timerfd: clocks, flags and errors; single and repeated expirations, of which each read tells how many there were. */
#include <sys/timerfd.h>

#include "show.h"

#ifdef __riscv
#define SYS_timerfd_settime SYS_timerfd_settime64
#define SYS_timerfd_gettime SYS_timerfd_gettime64
#endif

static const struct itimerspec never;

static void show_count(int fd) {
    uint64_t count = 0;
    if (read(fd, &count, 8) < 0)
        printf("read: %s\n", strerror(errno));
    else
        printf("expired: %llu\n", (unsigned long long)count);
}

static void show_left(const char *what, const struct itimerspec *set) {
    long long left = set->it_value.tv_sec * 1000LL + (set->it_value.tv_nsec + 999999) / 1000000;
    printf("%s: every %lld.%09ld, %s\n", what, (long long)set->it_interval.tv_sec, set->it_interval.tv_nsec,
           left == 0 ? "never" : left <= 30 ? "soon" : left > 90000 ? "late" : "in a while");
}

static struct itimerspec every(long milliseconds, long first) {
    return (struct itimerspec){{milliseconds / 1000, milliseconds % 1000 * 1000000},
                               {first / 1000, first % 1000 * 1000000}};
}

static void on_clock(int clock) {
    struct itimerspec set = every(0, 100000), old;
    struct timespec now;
    int fd = DONE(timerfd_create(clock, TFD_NONBLOCK | TFD_CLOEXEC));
    SHOW(fcntl(fd, F_GETFD));
    show_count(fd);
    CALL(timerfd_gettime(fd, &old));
    show_left("new", &old);
    CALL(timerfd_settime(fd, 0, &set, &old));
    show_left("before", &old);
    CALL(timerfd_gettime(fd, &old));
    show_left("set", &old);
    clock_gettime(clock, &now);
    set = (struct itimerspec){{7, 8}, {now.tv_sec + 50, now.tv_nsec}};
    CALL(timerfd_settime(fd, TFD_TIMER_ABSTIME, &set, &old));
    show_left("before", &old);
    CALL(timerfd_gettime(fd, &old));
    show_left("absolute", &old);
    SHOW(old.it_value.tv_sec == 49 || old.it_value.tv_sec == 50);
    set = (struct itimerspec){{100, 0}, {now.tv_sec - 1, now.tv_nsec}};
    if (now.tv_sec == 0)
        set.it_value = (struct timespec){0, 1};
    CALL(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &set, NULL));
    pause_for(20);
    show_count(fd);
    show_count(fd);
    CALL(timerfd_gettime(fd, &old));
    show_left("has passed", &old);
    CALL(timerfd_settime(fd, 0, &never, &old));
    show_left("before", &old);
    close(fd);
}

int main(void) {
    struct itimerspec set, old;
    on_clock(CLOCK_REALTIME);
    on_clock(CLOCK_MONOTONIC);
    on_clock(CLOCK_BOOTTIME);

    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), blocking = timerfd_create(CLOCK_MONOTONIC, 0);
    long long before = milliseconds(CLOCK_MONOTONIC);
    set = every(0, 30);
    CALL(timerfd_settime(blocking, 0, &set, NULL));
    show_count(blocking); /* waits */
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 30);
    CALL(timerfd_gettime(blocking, &old));
    show_left("single", &old);

    set = every(100, 10);
    CALL(timerfd_settime(fd, 0, &set, NULL));
    pause_for(260);
    show_count(fd); /* at 10, 110 and 210 */
    show_count(fd);
    pause_for(150);
    CALL(timerfd_gettime(fd, &old));
    TRUE(old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 100000000);
    show_count(fd); /* at 310 and 410 */
    pause_for(100);
    CALL(timerfd_settime(fd, 0, &set, &old)); /* forgets what it has counted */
    show_count(fd);
    SHOW(old.it_interval.tv_nsec);

    set = (struct itimerspec){{0, 1}, {0, 1}}; /* every nanosecond */
    CALL(timerfd_settime(fd, 0, &set, NULL));
    uint64_t count = 0;
    pause_for(20);
    CALL(read(fd, &count, 8));
    TRUE(count >= 20000000);

    CALL(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    CALL(timerfd_create(CLOCK_MONOTONIC_RAW, 0));
    CALL(timerfd_create(CLOCK_TAI, 0));
    CALL(timerfd_create(8, 0)); /* CLOCK_REALTIME_ALARM, for the privileged */
    CALL(timerfd_create(77, 0));
    CALL(timerfd_create(CLOCK_MONOTONIC, 1));
    set = every(0, 10);
    CALL(timerfd_settime(fd, 4, &set, NULL));
    CALL(timerfd_settime(99, 0, &set, NULL));
    CALL(timerfd_settime(1, 0, &set, NULL));
    set.it_value.tv_nsec = 1000000000;
    CALL(timerfd_settime(fd, 0, &set, NULL));
    set.it_value = (struct timespec){-1, 0};
    CALL(timerfd_settime(fd, 0, &set, NULL));
    set = (struct itimerspec){{0, -1}, {1, 0}};
    CALL(timerfd_settime(fd, 0, &set, NULL));
    CALL(syscall(SYS_timerfd_settime, fd, 0, (void *)8, NULL));
    CALL(syscall(SYS_timerfd_gettime, fd, (void *)8));
    CALL(timerfd_gettime(99, &old));
    CALL(timerfd_gettime(1, &old));
    CALL(read(fd, &count, 7));
    CALL(read(fd, &count, 0));
    CALL(write(fd, &count, 8));
    CALL(lseek(fd, 0, SEEK_CUR));
    SHOW(fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
    return 0;
}
