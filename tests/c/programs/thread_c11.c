/* Threads of C11: <threads.h>. */
#include "threads.h"
#include <threads.h>

static mtx_t lock;
static cnd_t condition;
static int counter, turn;
static steps gate;

static int count(void *argument) {
    for (int i = 0; i < 50; i++) {
        mtx_lock(&lock);
        counter++;
        mtx_unlock(&lock);
    }
    return (int)(long)argument;
}

static int leave(void *argument) {
    thrd_exit(13);
}

static int try_it(void *argument) {
    return mtx_trylock(&lock);
}

static int in_turn(void *argument) {
    mtx_lock(&lock);
    while (turn != (int)(long)argument)
        cnd_wait(&condition, &lock);
    printf("turn of %d\n", turn++);
    cnd_broadcast(&condition);
    mtx_unlock(&lock);
    return 0;
}

static int wait_at_gate(void *argument) {
    await(&gate, 1);
    step(&gate);
    return 0;
}

static const char *name(int result) {
    return result == thrd_success    ? "success"
           : result == thrd_busy     ? "busy"
           : result == thrd_timedout ? "timed out"
           : result == thrd_nomem    ? "no memory"
                                     : "error";
}

int main(void) {
    thrd_t threads[4];
    int result = -1, sum = 0;
    puts(name(mtx_init(&lock, mtx_plain)));
    for (long i = 0; i < 4; i++)
        thrd_create(&threads[i], count, (void *)i);
    for (int i = 0; i < 4; i++) {
        thrd_join(threads[i], &result);
        sum += result;
    }
    SHOW(sum);
    SHOW(counter);
    thrd_create(&threads[0], leave, NULL);
    thrd_join(threads[0], &result);
    SHOW(result);

    puts(name(mtx_lock(&lock)));
    thrd_create(&threads[0], try_it, NULL);
    thrd_join(threads[0], &result);
    puts(name(result));
    puts(name(mtx_unlock(&lock)));
    mtx_destroy(&lock);
    mtx_init(&lock, mtx_timed | mtx_recursive);
    puts(name(mtx_lock(&lock)));
    puts(name(mtx_trylock(&lock)));
    puts(name(mtx_unlock(&lock)));
    puts(name(mtx_unlock(&lock)));
    struct timespec past = {1, 0};
    puts(name(mtx_timedlock(&lock, &past)));
    mtx_unlock(&lock);
    mtx_destroy(&lock);

    mtx_init(&lock, mtx_plain);
    puts(name(cnd_init(&condition)));
    for (long i = 0; i < 4; i++)
        thrd_create(&threads[i], in_turn, (void *)(3 - i));
    for (int i = 0; i < 4; i++)
        thrd_join(threads[i], NULL);
    mtx_lock(&lock);
    puts(name(cnd_timedwait(&condition, &lock, &past)));
    puts(name(cnd_signal(&condition)));
    mtx_unlock(&lock);
    cnd_destroy(&condition);

    thrd_create(&threads[0], wait_at_gate, NULL);
    puts(name(thrd_detach(threads[0])));
    step(&gate);
    await(&gate, 2);
    TRUE(thrd_equal(thrd_current(), thrd_current()));
    SHOW(thrd_sleep(&(struct timespec){0, 1000000}, NULL));
    thrd_yield();
    return 0;
}
