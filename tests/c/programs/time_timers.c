/* alarm, setitimer and getitimer. */
#include "show.h"

static volatile int count;

static void handler(int number) {
    (void)number;
    count++;
}

int main(void) {
    struct itimerval timer, old;
    signal(SIGALRM, handler);
    signal(SIGVTALRM, handler);
    signal(SIGPROF, handler);
    SHOW(alarm(100));
    SHOW(alarm(200) >= 99);
    CALL(getitimer(ITIMER_REAL, &timer));
    TRUE(timer.it_value.tv_sec >= 198 && timer.it_value.tv_sec <= 200);
    SHOW(timer.it_interval.tv_sec);
    SHOW(alarm(0) >= 199);
    SHOW(alarm(0));
    timer = (struct itimerval){{0, 10000}, {0, 10000}};
    CALL(setitimer(ITIMER_REAL, &timer, &old));
    SHOW(old.it_value.tv_sec);
    while (count < 5)
        pause();
    timer = (struct itimerval){{0, 0}, {0, 0}};
    CALL(setitimer(ITIMER_REAL, &timer, &old));
    SHOW(old.it_interval.tv_usec);
    SHOW(count >= 5);
    count = 0;
    timer.it_value.tv_usec = 1;
    CALL(setitimer(ITIMER_REAL, &timer, NULL));
    pause_for(100);
    SHOW(count);
    CALL(getitimer(ITIMER_REAL, &timer));
    SHOW(timer.it_value.tv_sec * 1000000 + timer.it_value.tv_usec);
    count = 0;
    timer = (struct itimerval){{0, 0}, {0, 20000}};
    CALL(setitimer(ITIMER_VIRTUAL, &timer, NULL));
    pause_for(60);
    SHOW(count);
    while (!count)
        ;
    SHOW(count);
    CALL(setitimer(ITIMER_PROF, &timer, NULL));
    while (count < 2)
        ;
    SHOW(count);
    CALL(setitimer(9, &timer, NULL));
    CALL(getitimer(9, &timer));
    timer.it_value.tv_usec = 1000000;
    CALL(setitimer(ITIMER_REAL, &timer, NULL));
    signal(SIGALRM, SIG_DFL);
    alarm(1);
    pause_for(5000);
    return 0;
}
