/* Policies of threads by the kernel's calls, since musl has no functions for them. All processors but one are left
   alone, so that the order in which threads run is determined. */
#ifndef SCHED_H
#define SCHED_H
#include "show.h"

static int set_policy(pid_t pid, int policy, int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return syscall(SYS_sched_setscheduler, pid, policy, &parameters);
}

static int set_priority(pid_t pid, int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return syscall(SYS_sched_setparam, pid, &parameters);
}

static int get_policy(pid_t pid) { return syscall(SYS_sched_getscheduler, pid); }

static int get_priority(pid_t pid) {
    struct sched_param parameters = {.sched_priority = -1};
    syscall(SYS_sched_getparam, pid, &parameters);
    return parameters.sched_priority;
}

/* Whatever the tests were started with. */
__attribute__((constructor)) static void begin_ordinary(void) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof one, &one);
    if (getenv("KEEP") == NULL)
        set_policy(0, SCHED_OTHER, 0);
    (void)set_priority, (void)get_policy, (void)get_priority;
}
#endif
