/* Timers belong to a process and its program: fork, exec, ignored signals, and those that a signalfd reads. */
#include <sys/signalfd.h>

#include "show.h"

static volatile int caught;

static void handler(int number) {
    (void)number;
    caught++;
}

static timer_t make(int clock, int signal) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal, .sigev_value.sival_int = 5};
    timer_t timer;
    if (timer_create(clock, &event, &timer))
        printf("timer_create: %s\n", strerror(errno));
    return timer;
}

static int arm(timer_t timer, long first, long interval) {
    struct itimerspec set = {{0, interval * 1000000}, {0, first * 1000000}};
    return timer_settime(timer, 0, &set, NULL);
}

int main(int count, char **arguments) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct itimerspec now;
    if (count > 1) {
        timer_t former = (timer_t)(long)atoi(arguments[1]);
        CALL(timer_gettime(former, &now));
        CALL(timer_delete(former));
        sigset_t waiting;
        sigpending(&waiting);
        SHOW(sigismember(&waiting, SIGUSR1));
        SHOW(sigismember(&waiting, SIGUSR2));
        TRUE((long)make(CLOCK_MONOTONIC, SIGUSR1) > atoi(arguments[1]));
        return 0;
    }
    signal(SIGUSR1, handler);
    timer_t timer = make(CLOCK_MONOTONIC, SIGUSR1);
    SHOW((long)timer);
    arm(timer, 30, 0);
    pid_t child = fork();
    if (child == 0) {
        CALL(timer_gettime(timer, &now));
        CALL(timer_delete(timer));
        pause_for(50);
        SHOW(caught);
        SHOW((long)make(CLOCK_MONOTONIC, SIGUSR1)); /* it counts from 0 again */
        _exit(0);
    }
    show_end("child", child);
    SHOW(caught);

    /* A repeated signal that is ignored comes once it is not. */
    caught = 0;
    signal(SIGUSR1, SIG_IGN);
    arm(timer, 10, 10);
    pause_for(50);
    CALL(timer_gettime(timer, &now));
    TRUE(now.it_value.tv_nsec > 0);
    signal(SIGUSR1, handler);
    SHOW(caught);
    TRUE(timer_getoverrun(timer) >= 3);
    pause_for(25);
    TRUE(caught > 1);
    arm(timer, 0, 0);
    /* One that waits is thrown away where it is ignored, and its timer goes on when it is not. */
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    arm(timer, 5, 5);
    pause_for(20);
    signal(SIGUSR1, SIG_IGN);
    sigset_t waiting;
    sigpending(&waiting);
    SHOW(sigismember(&waiting, SIGUSR1));
    signal(SIGUSR1, handler);
    sigpending(&waiting);
    SHOW(sigismember(&waiting, SIGUSR1));
    arm(timer, 0, 0);

    /* Through a file. */
    int fd = signalfd(-1, &usr1, 0);
    struct signalfd_siginfo record;
    arm(timer, 20, 100);
    pause_for(270); /* at 20, 120 and 220 */
    CALL(read(fd, &record, sizeof record) == sizeof record);
    printf("signal %u, code %d, overrun %u, int %d\n", record.ssi_signo, record.ssi_code, record.ssi_overrun,
           record.ssi_int);
    CALL(record.ssi_tid == (long)timer && record.ssi_pid == 0 && record.ssi_uid == 0);
    CALL(read(fd, &record, sizeof record) == sizeof record);
    SHOW(record.ssi_overrun);

    /* A signal that a timer has sent is not the next program's, one that a process has sent is. */
    sigaddset(&usr1, SIGUSR2);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    arm(timer, 5, 0);
    pause_for(20);
    raise(SIGUSR2);
    char number[12];
    snprintf(number, sizeof number, "%ld", (long)timer);
    execl("./prog", "./prog", number, NULL);
    return 1;
}
