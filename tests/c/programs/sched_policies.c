/* The policies that root may choose, with their priorities; who inherits them, and what they are refused for.
   User: root */
#include "sched.h"
#include <sys/prctl.h>

static void show(const char *who) { printf("%s: policy %#x, priority %d\n", who, get_policy(0), get_priority(0)); }

static int child(void) {
    show("a child");
    SHOW(getpriority(PRIO_PROCESS, 0));
    putenv("KEEP=1");
    execl("./prog", "./prog", "again", NULL);
    return 1;
}

static int slack(void) {
    SHOW(prctl(PR_GET_TIMERSLACK));
    CALL(prctl(PR_SET_TIMERSLACK, 1));
    SHOW(prctl(PR_GET_TIMERSLACK));
    CALL(prctl(PR_SET_TIMERSLACK, 0)); /* what it began with */
    SHOW(prctl(PR_GET_TIMERSLACK));
    return 0;
}

static void ranges(void) {
    for (int policy = -1; policy < 10; policy++) {
        if (policy == SCHED_BATCH + 1 || policy == 7)
            continue;
        CALL(sched_get_priority_max(policy));
        CALL(sched_get_priority_min(policy));
    }
}

static void refused(void) {
    CALL(set_policy(0, SCHED_FIFO, 0));
    CALL(set_policy(0, SCHED_FIFO, 100));
    CALL(set_policy(0, SCHED_RR, -1));
    CALL(set_policy(0, SCHED_OTHER, 1));
    CALL(set_policy(0, SCHED_BATCH, 1));
    CALL(set_policy(0, SCHED_IDLE, 1));
    CALL(set_policy(0, 4711, 0));
    CALL(set_policy(0, -1, 0));
    CALL(set_policy(-1, SCHED_OTHER, 0));
    CALL(set_policy(0x3fffffff, SCHED_OTHER, 0));
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, (void *)8));
    CALL(set_priority(0, 1));
    CALL(set_priority(-1, 0));
    CALL(set_priority(0x3fffffff, 0));
    CALL(syscall(SYS_sched_setparam, 0, NULL));
    CALL(syscall(SYS_sched_getparam, 0, NULL));
    CALL(syscall(SYS_sched_getparam, 0, (void *)8));
    CALL(syscall(SYS_sched_getparam, -1, &(struct sched_param){0}));
    CALL(syscall(SYS_sched_getparam, 0x3fffffff, &(struct sched_param){0}));
    CALL(get_policy(-1));
    CALL(get_policy(0x3fffffff));
    struct timespec time;
    CALL(sched_rr_get_interval(-1, &time));
    CALL(sched_rr_get_interval(0x3fffffff, &time));
}

static void intervals(void) {
    struct timespec time;
    set_policy(0, SCHED_FIFO, 3);
    CALL(sched_rr_get_interval(0, &time));
    TRUE(time.tv_sec == 0 && time.tv_nsec == 0);
    set_policy(0, SCHED_RR, 3);
    CALL(sched_rr_get_interval(getpid(), &time));
    TRUE(time.tv_sec == 0 && time.tv_nsec > 0);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        show("executed");
        return 0;
    }
    int all[] = {SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, SCHED_OTHER};
    show("at first");
    setpriority(PRIO_PROCESS, 0, -5);
    CALL(prctl(PR_SET_TIMERSLACK, 70000));
    in_child("slack", slack);
    SHOW(prctl(PR_GET_TIMERSLACK));
    for (int i = 0; i < 5; i++) {
        int policy = all[i], priority = policy == SCHED_FIFO || policy == SCHED_RR ? 10 + i : 0;
        CALL(set_policy(0, policy, priority));
        show("now");
        CALL(set_priority(getpid(), priority ? 99 : 0));
        in_child("inherits", child);
        CALL(set_policy(0, policy | SCHED_RESET_ON_FORK, priority));
        show("not for children");
        in_child("does not inherit", child);
    }
    SHOW(getpriority(PRIO_PROCESS, 0));
    ranges();
    refused();
    intervals();
    return 0;
}
