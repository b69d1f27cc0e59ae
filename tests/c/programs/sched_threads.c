/* A policy, a nice value and a name are a thread's; who creates one chooses whether it inherits them.
   User: root */
#include "sched.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/prctl.h>

static sem_t begin;

static void show(const char *who) {
    char name[16];
    prctl(PR_GET_NAME, name);
    printf("%s: %s, policy %d, priority %d, nice %d\n", who, name, get_policy(0), get_priority(0),
           getpriority(PRIO_PROCESS, 0));
}

static void *inherits(void *argument) {
    (void)argument;
    show("inherits");
    set_policy(0, SCHED_RR, 7);
    setpriority(PRIO_PROCESS, 0, -4);
    prctl(PR_SET_NAME, "another");
    show("has its own");
    pid_t child = fork();
    if (child == 0) {
        show("the child");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return NULL;
}

static void *chosen(void *argument) {
    show(argument);
    return NULL;
}

static void *speaks(void *argument) {
    sem_wait(&begin);
    puts(argument);
    return NULL;
}

int main(void) {
    pthread_t thread, all[4];
    pthread_attr_t attributes;
    struct sched_param parameters = {.sched_priority = 30};
    int policy;
    set_policy(0, SCHED_FIFO, 20);
    setpriority(PRIO_PROCESS, 0, 3);
    prctl(PR_SET_NAME, "first");
    pthread_create(&thread, NULL, inherits, NULL);
    pthread_join(thread, NULL);
    show("the first");

    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_RR);
    pthread_attr_setschedparam(&attributes, &parameters);
    SHOW(pthread_create(&thread, &attributes, chosen, "explicit"));
    SHOW(pthread_join(thread, NULL));

    SHOW(pthread_getschedparam(pthread_self(), &policy, &parameters));
    printf("policy %d, priority %d\n", policy, parameters.sched_priority);
    parameters.sched_priority = 50;
    SHOW(pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters));
    SHOW(pthread_setschedprio(pthread_self(), 60));
    SHOW(pthread_setschedprio(pthread_self(), 100));
    show("the first");

    /* Of those who wait the most important is awoken first, of its equals who has waited longest. */
    char *names[] = {"low", "high", "lower", "another high"};
    int priorities[] = {20, 30, 10, 30};
    sem_init(&begin, 0, 0);
    for (int i = 0; i < 4; i++) {
        parameters.sched_priority = priorities[i];
        pthread_attr_setschedparam(&attributes, &parameters);
        pthread_create(&all[i], &attributes, speaks, names[i]);
        pause_for(20);
    }
    for (int i = 0; i < 4; i++) {
        sem_post(&begin);
        puts("the first has posted");
        pause_for(20);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(all[i], NULL);
    return 0;
}
