/* Timers and sleeps on the processor time of the process and of its threads. */
#include <pthread.h>

#include "show.h"

static volatile int caught;
static volatile int stop;

static void handler(int number, siginfo_t *info, void *context) { caught += info->si_value.sival_int; }

static timer_t make(clockid_t clock, int value) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = value};
    timer_t timer = 0;
    CALL(timer_create(clock, &event, &timer));
    return timer;
}

static int arm(timer_t timer, long first, long interval) {
    struct itimerspec set = {{0, interval * 1000000}, {0, first * 1000000}};
    return timer_settime(timer, 0, &set, NULL);
}

static long long nanoseconds(clockid_t clock) {
    struct timespec now;
    return clock_gettime(clock, &now) ? -1 : now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *work(void *unused) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!stop)
        ;
    return NULL;
}

int main(void) {
    clockid_t own, mine, child_clock;
    struct itimerspec now;
    sigaction(SIGUSR1, &(struct sigaction){.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, NULL);
    timer_t process = make(CLOCK_PROCESS_CPUTIME_ID, 1), thread = make(CLOCK_THREAD_CPUTIME_ID, 100);
    arm(process, 10, 0);
    pause_for(40); /* takes no processor time */
    SHOW(caught);
    CALL(timer_gettime(process, &now));
    TRUE(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 10000000);
    long long before = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    while (!caught)
        ;
    TRUE(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - before >= 5000000);
    SHOW(caught);
    CALL(timer_gettime(process, &now));
    SHOW(now.it_value.tv_nsec);
    arm(thread, 5, 0);
    while (caught < 101)
        ;
    SHOW(caught);
    caught = 0;
    arm(process, 4, 4);
    while (caught < 3)
        ;
    arm(process, 0, 0);
    CALL(timer_gettime(process, &now));
    SHOW(now.it_value.tv_nsec);

    CALL(clock_getcpuclockid(0, &own));
    CALL(clock_getcpuclockid(getpid(), &own));
    CALL(pthread_getcpuclockid(pthread_self(), &mine));
    TRUE(nanoseconds(own) > 0 && nanoseconds(own) <= nanoseconds(CLOCK_PROCESS_CPUTIME_ID));
    TRUE(nanoseconds(mine) > 0 && nanoseconds(mine) <= nanoseconds(CLOCK_THREAD_CPUTIME_ID));
    CALL(clock_getres(own, NULL));
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    CALL(clock_getcpuclockid(child, &child_clock));
    TRUE(nanoseconds(child_clock) < nanoseconds(own));
    kill(child, SIGKILL);
    show_end("child", child);
    CALL(clock_getcpuclockid(child, &child_clock));
    struct timespec time;
    CALL(clock_gettime((clockid_t)((~(unsigned)child) << 3 | 2), &time));
    CALL(clock_gettime((clockid_t)((~(unsigned)getpid()) << 3 | 7), &time));
    CALL(clock_gettime((clockid_t)((~(unsigned)1) << 3 | 6), &time));

    /* A thread that works lets the process's time pass, and not this one's. */
    pthread_t worker;
    pthread_create(&worker, NULL, work, NULL);
    caught = 0;
    arm(thread, 50, 0);
    arm(process, 10, 0);
    while (!caught)
        pause_for(5);
    SHOW(caught);
    timer_t of_worker;
    pthread_getcpuclockid(worker, &mine);
    of_worker = make(mine, 10);
    arm(of_worker, 10, 0);
    while (caught < 11)
        pause_for(5);
    SHOW(caught);
    TRUE(nanoseconds(mine) > 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    CALL(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &(struct timespec){0, 10000000}, NULL));
    TRUE(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - (time.tv_sec * 1000000000LL + time.tv_nsec) >= 10000000);
    CALL(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &time, NULL));
    CALL(clock_nanosleep(mine, 0, &(struct timespec){0, 10000000}, NULL));
    CALL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
    CALL(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &(struct timespec){0, -1}, NULL));
    stop = 1;
    pthread_join(worker, NULL);
    CALL(timer_delete(thread));
    return 0;
}
