/* Locks whose owner the kernel knows, once others wait: it goes by what it knows then, whatever is in the word. */
#include "threads.h"

static _Atomic unsigned word;
static _Atomic int waiter;
static pthread_mutex_t lock;
static steps held, gate;

static void show_word(void) {
    unsigned now = word, owner = now & FUTEX_TID_MASK;
    printf("    word: %s%s%s\n", owner == 0 ? "free" : (int)owner == gettid() ? "mine" : "another's",
           now & FUTEX_WAITERS ? ", waited for" : "", now & FUTEX_OWNER_DIED ? ", its owner died" : "");
}

static long pi(int operation) {
    return futex(&word, operation, 0, NULL, NULL, 0);
}

static void *own(void *argument) {
    CALL(pi(FUTEX_LOCK_PI));
    step(&held);
    await(&gate, 1);
    return NULL;
}

/* Take it, tell how it came, and give it back, upon which the next one tells. */
static void *take(void *argument) {
    waiter = gettid();
    long result = pi(FUTEX_LOCK_PI);
    SHOW(result);
    show_word();
    pi(FUTEX_UNLOCK_PI);
    return NULL;
}

static pthread_t begin_asleep(void *(*function)(void *)) {
    waiter = 0;
    pthread_t thread = begin(function, NULL);
    while (!waiter)
        sched_yield();
    await_asleep(waiter);
    return thread;
}

static void words_that_lie(unsigned truth) {
    puts("a word that says that nobody owns it");
    word = 0;
    CALL(pi(FUTEX_LOCK_PI));
    CALL(pi(FUTEX_TRYLOCK_PI));
    CALL(pi(FUTEX_UNLOCK_PI));
    puts("a word that says that it is mine");
    word = (unsigned)gettid() | FUTEX_WAITERS;
    CALL(pi(FUTEX_LOCK_PI));
    CALL(pi(FUTEX_TRYLOCK_PI));
    CALL(pi(FUTEX_UNLOCK_PI));
    puts("and that my former owner died");
    word = (unsigned)gettid() | FUTEX_OWNER_DIED;
    CALL(pi(FUTEX_UNLOCK_PI));
    word = 1 | FUTEX_OWNER_DIED;
    CALL(pi(FUTEX_TRYLOCK_PI));
    word = FUTEX_OWNER_DIED;
    CALL(pi(FUTEX_TRYLOCK_PI));
    show_word();
    word = truth;
}

static void *lock_and_end(void *argument) {
    GIVES(pthread_mutex_lock(&lock));
    step(&held);
    await(&gate, 1);
    await_asleep(waiter);
    return NULL; /* the C library leaves a word that names nobody */
}

static void *lock_after_it(void *argument) {
    waiter = gettid();
    int error = pthread_mutex_lock(&lock);
    GIVES(error);
    GIVES(pthread_mutex_consistent(&lock));
    GIVES(pthread_mutex_unlock(&lock));
    return NULL;
}

static void robust(int sharing) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, sharing);
    GIVES(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    GIVES(pthread_mutex_init(&lock, &attributes));
    held = gate = 0;
    pthread_t owner = begin(lock_and_end, NULL);
    await(&held, 1);
    pthread_t first = begin_asleep(lock_after_it);
    step(&gate);
    join(owner);
    join(first);
    GIVES(pthread_mutex_lock(&lock));
    GIVES(pthread_mutex_unlock(&lock));
}

int main(void) {
    pthread_t owner = begin(own, NULL);
    await(&held, 1);
    pthread_t first = begin_asleep(take);
    words_that_lie(word);
    puts("a word that says that its owner has died comes before its end");
    word = FUTEX_OWNER_DIED;
    pthread_t second = begin_asleep(take);
    show_word();
    step(&gate);
    join(owner);
    join(first);
    join(second);
    show_word();
    puts("robust");
    robust(PTHREAD_PROCESS_PRIVATE);
    robust(PTHREAD_PROCESS_SHARED);
    return 0;
}
