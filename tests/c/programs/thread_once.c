/* pthread_once and call_once: one of many runs it, the others wait for that; again, if it was cancelled. */
#include "threads.h"
#include <threads.h>

static pthread_once_t once = PTHREAD_ONCE_INIT, cancelled = PTHREAD_ONCE_INIT, nested = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static _Atomic int calls, seen;
static int attempts;
static steps gate;

static void initialise(void) {
    for (int i = 0; i < 20; i++)
        sched_yield();
    calls++;
}

static void *use(void *argument) {
    pthread_once(&once, initialise);
    seen += calls; /* it has ended, whoever ran it */
    call_once(&flag, initialise);
    return NULL;
}

static void inner(void) {
    puts("inner");
}

static void outer(void) {
    pthread_once(&nested, inner);
    puts("outer");
}

static void is_cancelled(void) {
    if (attempts++)
        return;
    step(&gate);
    for (;;)
        pause();
}

static void *run_cancelled(void *argument) {
    pthread_once(&cancelled, is_cancelled);
    return NULL;
}

int main(void) {
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        threads[i] = begin(use, NULL);
    for (int i = 0; i < 8; i++)
        join(threads[i]);
    SHOW(calls);
    TRUE(seen >= 8);
    static pthread_once_t around = PTHREAD_ONCE_INIT;
    GIVES(pthread_once(&around, outer));
    GIVES(pthread_once(&around, outer));

    pthread_t thread = begin(run_cancelled, NULL);
    await(&gate, 1);
    pthread_t waiter = begin(run_cancelled, NULL);
    GIVES(pthread_cancel(thread));
    TRUE(join(thread) == (long)PTHREAD_CANCELED);
    SHOW(join(waiter));
    SHOW(attempts);
    return 0;
}
