/* Mutexes in memory that processes share, mapped at different addresses, of each type. */
#include "threads.h"

static struct shared {
    pthread_mutex_t lock;
    int counter, inside, most;
    steps ready;
} *here;

static int count(void) {
    await(&here->ready, 1);
    struct shared *there = mremap(here, sizeof *here, sizeof *here, MREMAP_MAYMOVE | MREMAP_FIXED,
                                  (char *)here + (1 << 20)); /* elsewhere in this process */
    if (there == MAP_FAILED)
        return 99;
    for (int i = 0; i < 12; i++) {
        int error = pthread_mutex_lock(&there->lock);
        if (error)
            return error;
        if (++there->inside > there->most)
            there->most = there->inside;
        there->counter++;
        if (i % 4 == 0)
            sched_yield();
        there->inside--;
        pthread_mutex_unlock(&there->lock);
    }
    return 0;
}

static int unlock_it(void) {
    return pthread_mutex_unlock(&here->lock);
}

static int try_it(void) {
    return pthread_mutex_trylock(&here->lock);
}

static int lock_twice(void) {
    int error = pthread_mutex_lock(&here->lock);
    if (error)
        return error;
    error = pthread_mutex_lock(&here->lock);
    if (!error)
        pthread_mutex_unlock(&here->lock);
    pthread_mutex_unlock(&here->lock);
    return error;
}

static void *count_in_thread(void *argument) {
    for (int i = 0; i < 12; i++) {
        pthread_mutex_lock(&here->lock);
        here->counter++;
        pthread_mutex_unlock(&here->lock);
    }
    return NULL;
}

static void one_type(const char *name, int type, int protocol) {
    pthread_mutexattr_t attributes;
    pid_t children[4];
    int value = -1;
    puts(name);
    here->counter = here->inside = here->most = here->ready = 0;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    GIVES(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    GIVES(pthread_mutexattr_getpshared(&attributes, &value));
    TRUE(value == PTHREAD_PROCESS_SHARED);
    GIVES(pthread_mutex_init(&here->lock, &attributes));
    for (int i = 0; i < 4; i++)
        if ((children[i] = fork()) == 0)
            _exit(count());
    pthread_mutex_lock(&here->lock);
    in_child("tries", try_it);
    if (type != PTHREAD_MUTEX_NORMAL)
        in_child("unlocks", unlock_it);
    step(&here->ready);
    pthread_mutex_unlock(&here->lock);
    pthread_t thread = begin(count_in_thread, NULL); /* one of this process beside them */
    for (int i = 0; i < 4; i++)
        show_end("counter", children[i]);
    join(thread);
    printf("%d counted, %d at once\n", here->counter, here->most);
    if (type != PTHREAD_MUTEX_NORMAL)
        in_child("locks twice", lock_twice);
    GIVES(pthread_mutex_trylock(&here->lock));
    GIVES(pthread_mutex_unlock(&here->lock));
    GIVES(pthread_mutex_destroy(&here->lock));
}

int main(void) {
    here = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    munmap((char *)here + 4096, (2 << 20) - 4096);
    one_type("normal", PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE);
    one_type("errorcheck", PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE);
    one_type("recursive", PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE);
    one_type("priority inheritance", PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_INHERIT);
    return 0;
}
