/* Cancellation: deferred, disabled, asynchronous; cleanup handlers run from the last to the first. */
#include "threads.h"

static steps ready, gate;
static _Atomic long spun;
static int log_length;
static char written[64];

static void note(void *what) {
    written[log_length++] = *(const char *)what;
    written[log_length] = 0;
}

static void unlock(void *lock) {
    note(pthread_mutex_unlock(lock) ? "?" : "u");
}

static void *wait_long(void *argument) {
    pthread_cleanup_push(note, "a");
    pthread_cleanup_push(note, "b");
    pthread_cleanup_push(note, "c");
    pthread_cleanup_pop(0);
    pthread_cleanup_push(note, "d");
    pthread_cleanup_pop(1);
    step(&ready);
    for (;;)
        pause();
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *exit_inside(void *argument) {
    pthread_cleanup_push(note, "x");
    pthread_exit((void *)8);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *only_when_enabled(void *argument) {
    int old = -1;
    GIVES(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
    TRUE(old == PTHREAD_CANCEL_ENABLE);
    step(&ready);
    await(&gate, 1); /* cancelled meanwhile */
    pause_for(0);
    pthread_testcancel();
    puts("still there");
    GIVES(pthread_setcancelstate(7, NULL));
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    puts("not a cancellation point");
    pthread_testcancel();
    puts("not reached");
    return NULL;
}

static void *spin(void *argument) {
    int old = -1;
    GIVES(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old));
    TRUE(old == PTHREAD_CANCEL_DEFERRED);
    pthread_cleanup_push(note, "s");
    step(&ready);
    for (;;)
        spun++;
    pthread_cleanup_pop(0);
    return NULL;
}

static void *cancel_itself(void *argument) {
    GIVES(pthread_cancel(pthread_self()));
    puts("later");
    pthread_testcancel();
    return NULL;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void *wait_for_condition(void *argument) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    step(&ready);
    for (;;)
        pthread_cond_wait(&condition, &lock);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *with_key(void *argument) {
    pthread_setspecific(*(pthread_key_t *)argument, "k");
    return wait_long(NULL);
}

static void cancel(const char *what, void *(*function)(void *), void *argument) {
    puts(what);
    ready = gate = log_length = written[0] = 0;
    pthread_t thread = begin(function, argument);
    await(&ready, 1);
    GIVES(pthread_cancel(thread));
    step(&gate);
    TRUE(join(thread) == (long)PTHREAD_CANCELED);
    printf("cleanup: [%s]\n", written);
}

int main(void) {
    cancel("at pause", wait_long, NULL);
    cancel("disabled", only_when_enabled, NULL);
    cancel("asynchronous", spin, NULL);
    cancel("in a wait for a condition", wait_for_condition, NULL);
    GIVES(pthread_mutex_trylock(&lock));
    pthread_key_t key;
    pthread_key_create(&key, note);
    cancel("with a key", with_key, &key);
    puts("itself");
    TRUE(join(begin(cancel_itself, NULL)) == (long)PTHREAD_CANCELED);
    log_length = 0;
    SHOW(join(begin(exit_inside, NULL)));
    puts(written);
    GIVES(pthread_setcanceltype(9, NULL));
    return 0;
}
