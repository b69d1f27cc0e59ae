/* Limits that threads meet: RLIMIT_NPROC counts them, RLIMIT_AS their stacks; a thread that is not there is EAGAIN. */
#include "threads.h"

static void *nothing(void *argument) {
    return (void *)3;
}

static int no_processes(void) {
    pthread_t thread;
    struct rlimit limit;
    getrlimit(RLIMIT_NPROC, &limit);
    CALL(setrlimit(RLIMIT_NPROC, &(struct rlimit){1, limit.rlim_max}));
    GIVES(pthread_create(&thread, NULL, nothing, NULL));
    CALL(fork());
    CALL(setrlimit(RLIMIT_NPROC, &limit));
    if (!GIVES(pthread_create(&thread, NULL, nothing, NULL)))
        SHOW(join(thread));
    return 0;
}

static int no_space(void) {
    pthread_t thread;
    CALL(setrlimit(RLIMIT_AS, &(struct rlimit){4096, RLIM_INFINITY}));
    GIVES(pthread_create(&thread, NULL, nothing, NULL));
    CALL(setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}));
    if (!GIVES(pthread_create(&thread, NULL, nothing, NULL)))
        SHOW(join(thread));
    return 0;
}

int main(void) {
    in_child("processes", no_processes);
    in_child("address space", no_space);
    return 0;
}
