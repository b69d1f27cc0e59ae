/* SIGEV_THREAD, as the library makes it of SIGEV_THREAD_ID; and that alone: the signal goes to one thread. */
#include <pthread.h>
#include <semaphore.h>

#include "show.h"

static sem_t done;
static volatile int values, runs, caught, taker;
static pthread_t first;
static volatile pid_t other;
static volatile int stop;

static void run(union sigval value) {
    values += value.sival_int;
    if (pthread_equal(pthread_self(), first))
        printf("the first thread does not do this\n");
    if (++runs <= 3)
        sem_post(&done);
}

static void handler(int number) {
    caught++;
    taker = gettid();
}

static void *wait_there(void *unused) {
    other = gettid();
    sem_post(&done);
    while (!stop)
        pause_for(2);
    return NULL;
}

int main(void) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = run, .sigev_value.sival_int = 5};
    struct itimerspec set = {{0, 0}, {0, 10000000}};
    timer_t timer;
    first = pthread_self();
    sem_init(&done, 0, 0);
    CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
    CALL(timer_settime(timer, 0, &set, NULL));
    sem_wait(&done);
    SHOW(values);
    set.it_interval.tv_nsec = 5000000;
    CALL(timer_settime(timer, 0, &set, NULL));
    sem_wait(&done);
    sem_wait(&done);
    TRUE(values >= 15);
    CALL(timer_delete(timer));
    pause_for(20);
    int before = values;
    pause_for(20);
    SHOW(values - before);

    pthread_t thread;
    signal(SIGUSR1, handler);
    pthread_create(&thread, NULL, wait_there, NULL);
    sem_wait(&done);
    int number;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event.sigev_notify_thread_id = other;
    CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, &event, &number));
    set.it_interval.tv_nsec = 0;
    CALL(timer_settime((timer_t)(long)number, 0, &set, NULL));
    while (!caught)
        pause_for(5);
    TRUE(taker == other);
    event.sigev_notify_thread_id = getpid();
    CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, &event, &number));
    CALL(timer_settime((timer_t)(long)number, 0, &set, NULL));
    while (caught < 2)
        pause_for(5);
    TRUE(taker == getpid());
    pid_t child = fork();
    if (child == 0) {
        event.sigev_notify_thread_id = getppid();
        CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, &event, &number));
        _exit(0);
    }
    show_end("child", child);
    stop = 1;
    pthread_join(thread, NULL);
    event.sigev_notify_thread_id = other; /* which is gone */
    CALL(syscall(SYS_timer_create, (long)CLOCK_MONOTONIC, &event, &number));
    return 0;
}
