/* timer_create and its kin: clocks, notifications, single and repeated expirations, overruns, and every error. */
#include "show.h"

#ifdef __riscv
#define SYS_timer_settime SYS_timer_settime64
#define SYS_timer_gettime SYS_timer_gettime64
#endif

typedef int kernel_timer;

static int caught, overruns;

static void handler(int number, siginfo_t *info, void *context) {
    caught++;
    overruns += info->si_overrun;
    if (caught == 1)
        printf("signal %d, code %d, value %d\n", number, info->si_code, info->si_value.sival_int);
}

static int make(int clock, int notify, int signal, int value, kernel_timer *timer) {
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signal, .sigev_value.sival_int = value};
    return syscall(SYS_timer_create, (long)clock, &event, timer);
}

static int set(kernel_timer timer, int flags, long first, long interval, struct itimerspec *old) {
    struct itimerspec wanted = {{interval / 1000, interval % 1000 * 1000000}, {first / 1000, first % 1000 * 1000000}};
    return syscall(SYS_timer_settime, (long)timer, (long)flags, &wanted, old);
}

static void show_left(const char *what, kernel_timer timer) {
    struct itimerspec now;
    if (syscall(SYS_timer_gettime, (long)timer, &now))
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %s, every %lld.%03ld\n", what,
               now.it_value.tv_sec > 10 ? "late" : now.it_value.tv_sec || now.it_value.tv_nsec ? "soon" : "never",
               (long long)now.it_interval.tv_sec, now.it_interval.tv_nsec / 1000000);
}

static void on_clock(int clock) {
    kernel_timer timer = -1;
    struct itimerspec old = {0};
    struct timespec now;
    caught = 0;
    printf("clock %d: ", clock);
    if (CALL(make(clock, SIGEV_SIGNAL, SIGUSR1, 100 + clock, &timer)))
        return;
    show_left("new", timer);
    CALL(set(timer, 0, 30, 0, NULL));
    show_left("set", timer);
    while (!caught)
        pause();
    show_left("expired", timer);
    CALL(syscall(SYS_timer_getoverrun, (long)timer));
    clock_gettime(clock, &now);
    struct itimerspec absolute = {{0, 0}, {now.tv_sec + 20, now.tv_nsec}};
    CALL(syscall(SYS_timer_settime, (long)timer, (long)TIMER_ABSTIME, &absolute, NULL));
    show_left("absolute", timer);
    CALL(set(timer, 0, 0, 7000, &old));
    TRUE(old.it_value.tv_sec == 19 || old.it_value.tv_sec == 20);
    show_left("stopped", timer);
    absolute.it_value.tv_sec -= now.tv_sec > 30 ? 30 : now.tv_sec + 20;
    absolute.it_value.tv_nsec = 1;
    CALL(syscall(SYS_timer_settime, (long)timer, (long)TIMER_ABSTIME, &absolute, NULL));
    pause_for(10);
    SHOW(caught);
    CALL(syscall(SYS_timer_delete, (long)timer));
    CALL(syscall(SYS_timer_delete, (long)timer));
    show_left("deleted", timer);
}

int main(void) {
    kernel_timer timer, other;
    sigaction(SIGUSR1, &(struct sigaction){.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, NULL);
    sigaction(SIGALRM, &(struct sigaction){.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, NULL);
    on_clock(CLOCK_REALTIME);
    on_clock(CLOCK_MONOTONIC);
    on_clock(CLOCK_BOOTTIME);
    on_clock(CLOCK_TAI);
    on_clock(CLOCK_MONOTONIC_RAW);
    on_clock(CLOCK_REALTIME_COARSE);
    on_clock(77);

    /* While its signal waits a timer does not send another, and counts instead. */
    sigset_t usr1, waiting;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    caught = 0;
    CALL(make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 7, &timer));
    CALL(set(timer, 0, 10, 100, NULL));
    pause_for(250); /* at 10, 110 and 210 */
    CALL(syscall(SYS_timer_getoverrun, (long)timer));
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    SHOW(caught);
    SHOW(overruns);
    CALL(syscall(SYS_timer_getoverrun, (long)timer));
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    pause_for(100);
    siginfo_t info;
    CALL(sigwaitinfo(&usr1, &info));
    SHOW(info.si_overrun);
    SHOW(info.si_timerid == timer);
    /* Two timers, one signal, which waits twice. */
    CALL(make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 8, &other));
    CALL(set(other, 0, 5, 0, NULL));
    CALL(set(timer, 0, 10, 0, NULL));
    pause_for(30);
    CALL(sigwaitinfo(&usr1, &info));
    SHOW(info.si_value.sival_int);
    CALL(sigwaitinfo(&usr1, &info));
    SHOW(info.si_value.sival_int);
    CALL(sigtimedwait(&usr1, &info, &(struct timespec){0, 0}));
    /* What has been sent before a timer is set or deleted is void. */
    CALL(set(timer, 0, 5, 0, NULL));
    CALL(set(other, 0, 5, 0, NULL));
    pause_for(20);
    CALL(set(timer, 0, 0, 0, NULL));
    CALL(syscall(SYS_timer_delete, (long)other));
    sigpending(&waiting);
    SHOW(sigismember(&waiting, SIGUSR1));
    CALL(sigtimedwait(&usr1, &info, &(struct timespec){0, 0}));
    /* No notification: one asks. */
    CALL(make(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0, &other));
    CALL(set(other, 0, 10, 0, NULL));
    show_left("silent", other);
    pause_for(20);
    show_left("silent, over", other);
    CALL(set(other, 0, 10, 1000, NULL));
    pause_for(20);
    show_left("silent, again", other);
    /* Without a struct sigevent it is SIGALRM, with the timer's number. */
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    caught = 1;
    CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, NULL, &other));
    CALL(set(other, 0, 5, 0, NULL));
    pause_for(20);
    SHOW(caught);

    CALL(make(CLOCK_MONOTONIC, 9, SIGUSR1, 0, &other));
    CALL(make(CLOCK_MONOTONIC, SIGEV_SIGNAL, 0, 0, &other));
    CALL(make(CLOCK_MONOTONIC, SIGEV_SIGNAL, 65, 0, &other));
    CALL(make(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR1, 0, &other));
    CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, (void *)8, &other));
    CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, NULL, (void *)8));
    CALL(syscall(SYS_timer_settime, (long)timer, 0L, NULL, NULL));
    CALL(syscall(SYS_timer_settime, (long)timer, 0L, (void *)8, NULL));
    CALL(set(timer, 0, -1000, 0, NULL));
    CALL(set(timer, 2, 5000, 0, NULL)); /* other flags mean nothing */
    CALL(set(99, 0, 5, 0, NULL));
    CALL(syscall(SYS_timer_gettime, (long)timer, (void *)8));
    CALL(syscall(SYS_timer_getoverrun, 99L));
    CALL(syscall(SYS_timer_delete, -1L));
    return 0;
}
