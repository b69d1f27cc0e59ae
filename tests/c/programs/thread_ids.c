/* Process ids and thread ids: what takes which, and the errors of tkill and tgkill. */
#include "threads.h"

static _Atomic int tid, got, got_in;
static steps gate;

static void handle(int signal) {
    got_in = gettid();
    got = signal;
}

static void *tell(void *argument) {
    TRUE(getpid() == *(pid_t *)argument);
    TRUE(getppid() == ((pid_t *)argument)[1]);
    TRUE(gettid() != getpid());
    TRUE(syscall(SYS_set_tid_address, NULL) == gettid()); /* its end is not told any more */
    tid = gettid();
    await(&gate, 1);
    syscall(SYS_exit, 0);
    return NULL;
}

static long tgkill_of(pid_t process, pid_t thread, int signal) {
    return syscall(SYS_tgkill, process, thread, signal);
}

static void send(const char *what, long result) {
    if (result < 0) {
        printf("%s: %s\n", what, strerror(errno));
        return;
    }
    while (!got)
        sched_yield();
    printf("%s: %d in %s\n", what, (int)got, got_in == tid ? "the thread" : "the first");
    got = 0;
}

int main(void) {
    pid_t ids[2] = {getpid(), getppid()}, pid = getpid(), other = fork();
    if (other == 0)
        for (;;)
            pause();
    signal(SIGUSR1, handle);
    begin(tell, ids);
    while (!tid)
        sched_yield();
    TRUE(tid != pid && tid != other);

    puts("signals");
    send("tgkill, first", tgkill_of(pid, pid, SIGUSR1));
    send("tgkill, thread", tgkill_of(pid, tid, SIGUSR1));
    send("tkill, first", syscall(SYS_tkill, pid, SIGUSR1));
    send("tkill, thread", syscall(SYS_tkill, tid, SIGUSR1));
    send("kill, process", kill(pid, SIGUSR1));
    send("kill, by a thread's id", kill(tid, SIGUSR1));
    CALL(tgkill_of(pid, tid, 0));
    CALL(tgkill_of(other, other, 0));
    CALL(tgkill_of(other, tid, 0)); /* not a thread of that one */
    CALL(tgkill_of(tid, tid, 0));
    CALL(tgkill_of(pid, other, 0));
    CALL(tgkill_of(0, pid, 0));
    CALL(tgkill_of(-1, pid, 0));
    CALL(tgkill_of(pid, 0, 0));
    CALL(tgkill_of(pid, -1, 0));
    CALL(tgkill_of(pid, tid, 65));
    CALL(tgkill_of(pid, tid, -1));
    CALL(tgkill_of(pid, 1 << 29, 0));
    CALL(syscall(SYS_tkill, 0, 0));
    CALL(syscall(SYS_tkill, -1, 0));
    CALL(syscall(SYS_tkill, tid, 65));
    CALL(syscall(SYS_tkill, 1 << 29, 0));
    CALL(kill(1 << 29, 0));

    puts("what else takes an id");
    int status;
    TRUE(getpgid(tid) == getpgid(0));
    TRUE(getsid(tid) == getsid(0));
    CALL(setpgid(tid, 0));
    CALL(waitpid(tid, &status, WNOHANG));
    cpu_set_t set;
    CALL(sched_getaffinity(tid, sizeof set, &set));
    CALL(sched_getaffinity(1 << 29, sizeof set, &set));

    puts("ended");
    step(&gate);
    while (tgkill_of(pid, tid, 0) == 0)
        sched_yield();
    CALL(tgkill_of(pid, tid, 0));
    CALL(syscall(SYS_tkill, tid, SIGUSR1));
    CALL(kill(tid, 0));
    kill(other, SIGKILL);
    show_end("other", other);
    return 0;
}
