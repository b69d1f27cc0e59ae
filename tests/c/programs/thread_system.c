/* What the system says about threads: numbers of sysconf, scheduling parameters, yielding. */
#include "threads.h"
#include <limits.h>

static steps gate;
static _Atomic int turn;

static void *yield(void *argument) {
    for (int i = 0; i < 20; i++) {
        while (turn % 2 != (int)(long)argument)
            sched_yield(); /* without it this would take whole quanta */
        turn++;
    }
    return NULL;
}

static void *wait_at_gate(void *argument) {
    await(&gate, 1);
    return NULL;
}

int main(void) {
    static const struct {
        const char *name;
        int number;
    } NUMBERS[] = {
        {"_SC_THREADS", _SC_THREADS}, {"_SC_THREAD_KEYS_MAX", _SC_THREAD_KEYS_MAX},
        {"_SC_THREAD_DESTRUCTOR_ITERATIONS", _SC_THREAD_DESTRUCTOR_ITERATIONS},
        {"_SC_THREAD_STACK_MIN", _SC_THREAD_STACK_MIN}, {"_SC_THREAD_THREADS_MAX", _SC_THREAD_THREADS_MAX},
        {"_SC_THREAD_ATTR_STACKSIZE", _SC_THREAD_ATTR_STACKSIZE},
        {"_SC_THREAD_ATTR_STACKADDR", _SC_THREAD_ATTR_STACKADDR},
        {"_SC_THREAD_PROCESS_SHARED", _SC_THREAD_PROCESS_SHARED},
        {"_SC_THREAD_PRIO_INHERIT", _SC_THREAD_PRIO_INHERIT}, {"_SC_THREAD_PRIO_PROTECT", _SC_THREAD_PRIO_PROTECT},
        {"_SC_THREAD_CPUTIME", _SC_THREAD_CPUTIME}, {"_SC_BARRIERS", _SC_BARRIERS},
        {"_SC_SPIN_LOCKS", _SC_SPIN_LOCKS}, {"_SC_READER_WRITER_LOCKS", _SC_READER_WRITER_LOCKS},
        {"_SC_SEMAPHORES", _SC_SEMAPHORES}, {"_SC_SEM_VALUE_MAX", _SC_SEM_VALUE_MAX},
        {"_SC_TIMEOUTS", _SC_TIMEOUTS}, {"_SC_CLOCK_SELECTION", _SC_CLOCK_SELECTION},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        printf("%s: %ld\n", NUMBERS[i].name, sysconf(NUMBERS[i].number));

    pthread_t threads[2];
    for (long i = 0; i < 2; i++)
        threads[i] = begin(yield, (void *)i);
    for (int i = 0; i < 2; i++)
        join(threads[i]);
    SHOW(turn);
    CALL(sched_yield());

    struct sched_param parameter = {.sched_priority = 0};
    int policy = -1;
    GIVES(pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameter));
    pthread_t thread = begin(wait_at_gate, NULL);
    GIVES(pthread_getschedparam(thread, &policy, &parameter));
    TRUE(policy == SCHED_OTHER && parameter.sched_priority == 0);
    GIVES(pthread_setschedparam(thread, SCHED_OTHER, &parameter));
    parameter.sched_priority = 1;
    GIVES(pthread_setschedparam(thread, SCHED_OTHER, &parameter));
    GIVES(pthread_setschedparam(thread, 77, &parameter));
    GIVES(pthread_setschedprio(thread, 0));
    GIVES(pthread_setconcurrency(4));
    SHOW(pthread_getconcurrency());
    cpu_set_t set;
    GIVES(pthread_getaffinity_np(thread, sizeof set, &set));
    TRUE(CPU_COUNT(&set) >= 1);
    GIVES(pthread_setaffinity_np(thread, sizeof set, &set));
    step(&gate);
    join(thread);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    GIVES(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED));
    GIVES(pthread_attr_setschedpolicy(&attributes, SCHED_OTHER));
    GIVES(pthread_attr_setschedparam(&attributes, &(struct sched_param){0}));
    GIVES(pthread_create(&thread, &attributes, wait_at_gate, NULL));
    join(thread);
    GIVES(pthread_attr_setschedparam(&attributes, &(struct sched_param){7}));
    GIVES(pthread_create(&thread, &attributes, wait_at_gate, NULL)); /* not a priority of that policy */
    return 0;
}
