/* pthread_atfork: what runs before fork, and after it in both; how a lock gets into the child unlocked. */
#include "threads.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static steps ready, *shared;
static _Atomic int stop;
static long pair[2];

static void before_1(void) { printf("before 1, in %s\n", gettid() == getpid() ? "the first" : "a thread"); }
static void parent_1(void) { puts("parent 1"); }
static void child_1(void) { await(shared, 1); printf("child 1, alone: %d\n", gettid() == getpid()); }
static void before_2(void) { puts("before 2"); }
static void parent_2(void) { puts("parent 2"); step(shared); }
static void child_2(void) { puts("child 2"); }

static void take(void) { pthread_mutex_lock(&lock); }
static void let_go(void) { pthread_mutex_unlock(&lock); }

/* Keeps both numbers alike, and holds the lock nearly always. */
static void *keep_busy(void *argument) {
    while (!stop) {
        pthread_mutex_lock(&lock);
        pair[0]++;
        step(&ready);
        sched_yield();
        pair[1]++;
        pthread_mutex_unlock(&lock);
        sched_yield();
    }
    return NULL;
}

static int use_lock(void) {
    pthread_mutex_lock(&lock);
    int torn = pair[0] != pair[1];
    pthread_mutex_unlock(&lock);
    return torn;
}

static void *fork_often(void *argument) {
    int failed = 0;
    for (int i = 0; i < 5; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0)
            _exit(use_lock());
        waitpid(child, &status, 0);
        failed += status != 0;
    }
    return (void *)(long)failed;
}

static void *fork_in_thread(void *argument) {
    pid_t child = fork();
    if (child == 0)
        _exit(3);
    show_end("child", child);
    return NULL;
}

static int use_handlers(void) {
    GIVES(pthread_atfork(before_1, parent_1, child_1));
    GIVES(pthread_atfork(before_2, parent_2, child_2));
    GIVES(pthread_atfork(NULL, NULL, NULL));
    *shared = 0;
    fork_in_thread(NULL);
    *shared = 0;
    join(begin(fork_in_thread, NULL));
    pid_t child = vfork(); /* runs none of them */
    if (child == 0)
        _exit(4);
    show_end("vfork", child);
    child = (pid_t)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0)
        _exit(5);
    show_end("clone", child);
    return 0;
}

int main(void) {
    shared = map_shared(4096);
    in_child("handlers", use_handlers);
    pthread_atfork(take, let_go, let_go);
    pthread_t busy = begin(keep_busy, NULL);
    await(&ready, 1);
    SHOW(join(begin(fork_often, NULL)));
    SHOW((long)fork_often(NULL));
    stop = 1;
    join(busy);
    return 0;
}
