/* sched_setattr and sched_getattr: sizes of the structure, flags, and what they say of policies and nice values.
   User: root */
#include "sched.h"

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t minimum, maximum;
    uint32_t more[2];
};

enum { RESETS = 1, KEEP_POLICY = 8, KEEP_PARAMETERS = 16 };

static int set(struct attributes *all) { return syscall(SYS_sched_setattr, 0, all, 0); }
static int get(struct attributes *all, unsigned size) { return syscall(SYS_sched_getattr, 0, all, size, 0); }

static void show(void) {
    struct attributes all = {0};
    CALL(get(&all, 56));
    printf("size %u, policy %u, flags %llu, nice %d, priority %u\n", all.size, all.policy,
           (unsigned long long)all.flags, all.nice, all.priority);
}

static void change(int policy, int flags, int nice, int priority) {
    struct attributes all = {.size = 48, .policy = policy, .flags = flags, .nice = nice, .priority = priority};
    printf("policy %d, flags %d, nice %d, priority %d: ", policy, flags, nice, priority);
    DONE(set(&all));
    show();
}

static void sizes(void) {
    struct attributes all = {.size = 0, .nice = 2};
    CALL(set(&all));
    all.size = 47;
    CALL(set(&all));
    SHOW(all.size >= 56);
    all.size = 56;
    CALL(set(&all));
    all.size = 64;
    all.more[1] = 1;
    CALL(set(&all));
    all.size = 5000;
    CALL(set(&all));
    memset(&all, 0x55, sizeof all);
    CALL(get(&all, 48));
    SHOW(all.size);
    SHOW(all.minimum);
    memset(&all, 0x55, sizeof all);
    CALL(get(&all, 64));
    SHOW(all.size);
    CALL(get(&all, 47));
    CALL(get(&all, 4097));
    CALL(get(NULL, 48));
    CALL(get((void *)8, 48));
    CALL(set(NULL));
    CALL(set((void *)8));
    all = (struct attributes){.size = 48};
    CALL(syscall(SYS_sched_setattr, -1, &all, 0));
    CALL(syscall(SYS_sched_setattr, 0, &all, 1));
    CALL(syscall(SYS_sched_setattr, 0x3fffffff, &all, 0));
    CALL(syscall(SYS_sched_getattr, -1, &all, 48, 0));
    CALL(syscall(SYS_sched_getattr, 0, &all, 48, 1));
    CALL(syscall(SYS_sched_getattr, 0x3fffffff, &all, 48, 0));
}

int main(void) {
    show();
    change(SCHED_OTHER, 0, 7, 0);
    change(SCHED_BATCH, RESETS, -7, 0);
    change(SCHED_FIFO, 0, 3, 0);
    change(SCHED_FIFO, RESETS, 3, 9);
    SHOW(getpriority(PRIO_PROCESS, 0));
    change(SCHED_OTHER, 0, 100, 0);
    change(SCHED_RR, KEEP_PARAMETERS, 0, 0);
    change(SCHED_RR, 0, 0, 5);
    change(SCHED_OTHER, KEEP_POLICY, 0, 6);
    change(SCHED_OTHER, KEEP_POLICY | KEEP_PARAMETERS, 0, 9);
    change(SCHED_IDLE, 0, 5, 0);
    change(SCHED_OTHER, 0, 4, 0);
    change(SCHED_OTHER, KEEP_POLICY, 5, 0);
    change(SCHED_BATCH, KEEP_PARAMETERS, 9, 0);
    change(-5, 0, 0, 0);
    change(4711, 0, 0, 0);
    change(SCHED_OTHER | SCHED_RESET_ON_FORK, 0, 0, 0);
    change(SCHED_OTHER, 1 << 12, 0, 0);
    change(SCHED_OTHER, 32, 0, 0);
    sizes();
    return 0;
}
