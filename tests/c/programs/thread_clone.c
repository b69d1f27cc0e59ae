/* clone with CLONE_THREAD: ids, the thread pointer, and the word that is cleared when the thread ends. */
#include "clones.h"

static struct {
    int parent_tid, child_tid, own, process, parent;
    void *pointer;
    int sum;
} told;

static void *area[64];
static int cleared, other;

static int tell(void *argument) {
    told.own = (int)syscall(SYS_gettid);
    told.process = (int)syscall(SYS_getpid);
    told.parent = (int)syscall(SYS_getppid);
    return 5; /* of a thread, which nobody asks for */
}

static int tell_pointer(void *argument) {
    told.pointer = __builtin_thread_pointer();
    return 0;
}

static int add(void *argument) {
    for (int i = 0; i < 100; i++)
        __atomic_fetch_add(&told.sum, *(int *)argument, __ATOMIC_SEQ_CST);
    return 0;
}

static int see_child_tid(void *argument) {
    told.own = *(volatile int *)argument;
    return 0;
}

static int set_other(void *argument) {
    told.own = (int)syscall(SYS_set_tid_address, &other);
    return 0;
}

int main(void) {
    int tid = start_clone(tell, THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, NULL, &told.parent_tid, NULL,
                          &told.child_tid);
    while (!*(volatile int *)&told.process)
        sched_yield();
    TRUE(told.parent_tid == tid);
    SHOW(told.child_tid); /* CLONE_CHILD_SETTID did not ask for it */
    while (!*(volatile int *)&told.parent)
        sched_yield();
    TRUE(told.own == tid);
    TRUE(told.process == getpid());
    TRUE(told.parent == getppid());
    TRUE(tid != getpid());

    cleared = 1;
    tid = start_clone(tell, THREAD_FLAGS | CLONE_CHILD_CLEARTID, NULL, NULL, NULL, &cleared);
    await_clear(&cleared);
    TRUE(told.own == tid);
    CALL(waitpid(tid, NULL, __WALL)); /* a thread is no child */

    cleared = 1;
    tid = start_clone(see_child_tid, THREAD_FLAGS | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID, &cleared, NULL, NULL,
                      &cleared);
    await_clear(&cleared);
    TRUE(told.own == tid);

    area[0] = area;
    cleared = 1;
    start_clone(tell_pointer, THREAD_FLAGS | CLONE_CHILD_CLEARTID | CLONE_SETTLS, NULL, NULL, area, &cleared);
    await_clear(&cleared);
    TRUE(told.pointer == area);
    cleared = 1;
    start_clone(tell_pointer, THREAD_FLAGS | CLONE_CHILD_CLEARTID, NULL, NULL, NULL, &cleared);
    await_clear(&cleared);
    TRUE(told.pointer == __builtin_thread_pointer());

    cleared = other = 1;
    tid = start_clone(set_other, THREAD_FLAGS | CLONE_CHILD_CLEARTID, NULL, NULL, NULL, &cleared);
    await_clear(&other);
    TRUE(told.own == tid);
    SHOW(cleared);

    int ends[4], values[4] = {1, 10, 100, 1000};
    for (int i = 0; i < 4; i++) {
        ends[i] = 1;
        start_clone(add, THREAD_FLAGS | CLONE_CHILD_CLEARTID, &values[i], NULL, NULL, &ends[i]);
    }
    for (int i = 0; i < 4; i++)
        await_clear(&ends[i]);
    SHOW(told.sum);

    cleared = 1; /* an address where nothing is does not hinder it */
    start_clone(add, THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, &values[0], (int *)8, NULL, &cleared);
    await_clear(&cleared);
    start_clone(add, THREAD_FLAGS | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID, &values[0], NULL, NULL, (int *)8);
    while (*(volatile int *)&told.sum < 111300)
        sched_yield();
    SHOW(told.sum);
    return 0;
}
