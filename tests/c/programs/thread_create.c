/* pthread_create, join, exit, self: what goes in comes out. */
#include "threads.h"

static steps gate;

static void *twice(void *argument) {
    return (void *)((long)argument * 2);
}

static void *leave(void *argument) {
    if (argument)
        pthread_exit((void *)33);
    return (void *)44;
}

static void *who(void *argument) {
    *(pthread_t *)argument = pthread_self();
    return argument;
}

/* Each thread makes the next one and adds what that one gives. */
static void *chain(void *argument) {
    long depth = (long)argument;
    return (void *)(depth ? depth + join(begin(chain, (void *)(depth - 1))) : 0);
}

static void *wait_at_gate(void *argument) {
    await(&gate, 1);
    return (void *)77;
}

static void *join_other(void *argument) {
    return (void *)(join(*(pthread_t *)argument) + 1);
}

static int local_of(int *place) {
    return *place;
}

static void *change(void *argument) {
    *(int *)argument += local_of(argument);
    return NULL;
}

int main(void) {
    pthread_t threads[8], thread, said;
    long sum = 0;
    for (long i = 0; i < 8; i++)
        threads[i] = begin(twice, (void *)i);
    for (int i = 7; i >= 0; i--)
        sum += join(threads[i]);
    SHOW(sum);
    SHOW(join(begin(leave, NULL)));
    SHOW(join(begin(leave, "")));
    thread = begin(who, &said);
    TRUE(join(thread) == (long)&said);
    TRUE(pthread_equal(thread, said));
    TRUE(!pthread_equal(pthread_self(), said));
    SHOW(join(begin(chain, (void *)10)));

    thread = begin(wait_at_gate, NULL);
    GIVES(pthread_tryjoin_np(thread, NULL));
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    GIVES(pthread_timedjoin_np(thread, NULL, &moment));
    moment.tv_nsec = 1000000000;
    GIVES(pthread_timedjoin_np(thread, NULL, &moment));
    step(&gate);
    void *result = NULL;
    clock_gettime(CLOCK_REALTIME, &moment);
    moment.tv_sec += 1000;
    GIVES(pthread_timedjoin_np(thread, &result, &moment));
    SHOW((long)result);

    gate = 0;
    thread = begin(wait_at_gate, NULL);
    pthread_t joiner = begin(join_other, &thread);
    step(&gate);
    SHOW(join(joiner));

    int local = 21; /* on the stack of the first thread: memory is one */
    join(begin(change, &local));
    SHOW(local);
    TRUE(getpid() == gettid());
    return (int)sum;
}
