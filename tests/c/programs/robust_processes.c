/* Robust mutexes in shared memory: the kernel tells those who wait that a process ended, was killed, or executed. */
#include "threads.h"

static struct {
    pthread_mutex_t lock;
    steps held;
    int value;
} *shared;

static int die_with_it(void) {
    pthread_mutex_lock(&shared->lock);
    shared->value = 5;
    return 3;
}

static int killed_with_it(void) {
    pthread_mutex_lock(&shared->lock);
    step(&shared->held);
    for (;;)
        pause();
}

static int execute_with_it(void) {
    pthread_mutex_lock(&shared->lock);
    execl("./prog", "prog", "executed", NULL);
    return 99;
}

static void *hold(void *argument) {
    pthread_mutex_lock(&shared->lock);
    step(&shared->held);
    for (;;)
        pause();
}

static int thread_has_it(void) {
    begin(hold, NULL);
    await(&shared->held, 1);
    return 4;
}

static int wait_for_it(void) {
    step(&shared->held);
    int error = pthread_mutex_lock(&shared->lock);
    printf("waited: %s\n", strerror(error));
    pthread_mutex_consistent(&shared->lock);
    pthread_mutex_unlock(&shared->lock);
    return error == EOWNERDEAD;
}

static void mend(void) {
    int error = GIVES(pthread_mutex_lock(&shared->lock));
    if (error == EOWNERDEAD)
        GIVES(pthread_mutex_consistent(&shared->lock));
    GIVES(pthread_mutex_unlock(&shared->lock));
}

static pid_t begin_process(int (*function)(void)) {
    pid_t child = fork();
    if (child == 0)
        _exit(function());
    return child;
}

static void one_type(int type, int protocol) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &attributes);

    in_child("ended with it", die_with_it);
    mend();
    SHOW(shared->value);

    shared->held = 0;
    pid_t child = begin_process(killed_with_it);
    await(&shared->held, 1);
    GIVES(pthread_mutex_trylock(&shared->lock));
    pid_t waiter = begin_process(wait_for_it);
    await(&shared->held, 2);
    kill(child, SIGKILL);
    show_end("waiter", waiter);
    show_end("killed with it", child);

    in_child("executed with it", execute_with_it);
    mend();

    shared->held = 0;
    in_child("a thread had it", thread_has_it);
    mend();

    in_child("ended with it", die_with_it);
    GIVES(pthread_mutex_lock(&shared->lock));
    GIVES(pthread_mutex_unlock(&shared->lock));
    GIVES(pthread_mutex_lock(&shared->lock));
}

int main(int argc, char **argv) {
    if (argc > 1)
        return 6;
    shared = map_shared(sizeof *shared);
    puts("normal");
    one_type(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE);
    puts("recursive");
    one_type(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE);
    puts("priority inheritance");
    one_type(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT);
    return 0;
}
