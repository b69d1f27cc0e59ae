/* FUTEX_REQUEUE and FUTEX_CMP_REQUEUE: some are awoken, others wait elsewhere from then on. */
#include "threads.h"

enum { THREADS = 5 };

static _Atomic int first, second, woken;

static void *wait_for_first(void *argument) {
    long result = futex(&first, FUTEX_WAIT | (int)(long)argument, 0, NULL, NULL, 0);
    step((steps *)&woken);
    return (void *)result;
}

static long requeue(int operation, int wake, long move, int expected) {
    return futex(&first, operation, wake, (void *)move, &second, expected);
}

static void show(const char *what, int flag) {
    int operation = FUTEX_CMP_REQUEUE | flag;
    pthread_t threads[THREADS];
    puts(what);
    first = second = woken = 0;
    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(wait_for_first, (void *)(long)flag);
    await_waiters((void *)&first, flag, THREADS);
    CALL(requeue(operation, 1, 2, 7)); /* not its value */
    CALL(requeue(operation, 1, 2, 0)); /* how many were awoken and moved */
    await((steps *)&woken, 1);
    CALL(futex(&second, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
    await((steps *)&woken, 2);
    CALL(requeue(operation, 0, 1, 0));
    CALL(futex(&first, FUTEX_WAKE | flag, INT_MAX, NULL, NULL, 0));
    await((steps *)&woken, 3);
    CALL(futex(&second, FUTEX_REQUEUE | flag, 0, (void *)INT_MAX, &first, 0));
    CALL(futex(&second, FUTEX_WAKE | flag, INT_MAX, NULL, NULL, 0));
    CALL(futex(&first, FUTEX_WAKE | flag, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < THREADS; i++)
        SHOW(join(threads[i]));
    CALL(requeue(operation, 1, 2, 0));
}

static void *wait_a_while(void *argument) {
    long result = futex(&first, FUTEX_WAIT, 0, &(struct timespec){0, 30000000}, NULL, 0);
    return (void *)(long)(result == -1 ? errno : 0);
}

int main(void) {
    show("shared", 0);
    show("private", FUTEX_PRIVATE_FLAG);
    puts("errors");
    CALL(requeue(FUTEX_CMP_REQUEUE, -1, 1, 0));
    CALL(requeue(FUTEX_CMP_REQUEUE, 1, INT_MIN, 0));
    CALL(requeue(FUTEX_REQUEUE, -1, 1, 0));
    CALL(futex((void *)8, FUTEX_REQUEUE, 1, (void *)1, &second, 0));
    CALL(futex(&first, FUTEX_REQUEUE, 1, (void *)1, (void *)8, 0));
    CALL(futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)1, (char *)&second + 2, 0));
    CALL(futex((char *)&first + 1, FUTEX_CMP_REQUEUE, 1, (void *)1, &second, 0));
    puts("a limit holds where it is moved to");
    for (long moved = 0; !moved;) {
        pthread_t thread = begin(wait_a_while, NULL);
        void *error = NULL;
        do
            moved = requeue(FUTEX_REQUEUE, 0, 1, 0);
        while (!moved && pthread_tryjoin_np(thread, &error) == EBUSY); /* it may have been too late */
        if (moved)
            TRUE(join(thread) == ETIMEDOUT);
    }
    return 0;
}
