/* What ends one thread ends all: faults, deadly signals to one of them or to the process, abort. */
#include "threads.h"

static steps ready;
static _Atomic int idle_tid;

static void *idle(void *argument) {
    idle_tid = gettid();
    step(&ready);
    for (;;)
        pause();
}

static void *spin(void *argument) {
    step(&ready);
    for (volatile unsigned i = 0;; i++)
        ;
}

static void *fault(void *argument) {
    *(volatile int *)16 = 1;
    return NULL;
}

static void *abort_it(void *argument) {
    abort();
}

static void *raise_it(void *argument) {
    raise((int)(long)argument);
    return NULL;
}

static void *trap(void *argument) {
    __builtin_trap();
    return NULL;
}

static void crowd(void) {
    ready = 0;
    begin(idle, NULL);
    begin(spin, NULL);
    await(&ready, 2);
}

static int with(void *(*function)(void *), long argument) {
    crowd();
    begin(function, (void *)argument);
    for (;;)
        pause();
}

static int by_fault(void) { return with(fault, 0); }
static int by_abort(void) { return with(abort_it, 0); }
static int by_trap(void) { return with(trap, 0); }
static int by_raise(void) { return with(raise_it, SIGTERM); }
static int by_realtime(void) { return with(raise_it, 50); }

static int by_thread_signal(void) {
    crowd();
    syscall(SYS_tgkill, getpid(), idle_tid, SIGKILL);
    for (;;)
        pause();
}

/* The fault is blocked in the thread that makes it: that does not help. */
static void *fault_blocked(void *argument) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return fault(NULL);
}

static int by_blocked_fault(void) {
    signal(SIGSEGV, SIG_IGN);
    return with(fault_blocked, 0);
}

static void from_outside(const char *what, int signal, int leader_ends) {
    int ends[2];
    char byte;
    pipe(ends);
    pid_t child = fork();
    if (child == 0) {
        crowd();
        write(ends[1], "", 1);
        if (leader_ends)
            syscall(SYS_exit, 3);
        for (;;)
            pause();
    }
    read(ends[0], &byte, 1);
    kill(child, signal);
    show_end(what, child);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    in_child("fault", by_fault);
    in_child("abort", by_abort);
    int status = in_child("trap", by_trap) & 127;
    TRUE(status == SIGILL || status == SIGTRAP);
    in_child("raise", by_raise);
    in_child("real-time signal", by_realtime);
    in_child("SIGKILL to one", by_thread_signal);
    in_child("blocked fault", by_blocked_fault);
    from_outside("SIGTERM", SIGTERM, 0);
    from_outside("SIGKILL", SIGKILL, 0);
    from_outside("SIGKILL, the first has ended", SIGKILL, 1);
    from_outside("SIGTERM, the first has ended", SIGTERM, 1);
    return 0;
}
