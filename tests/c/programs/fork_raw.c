/* The calls below the C library: fork, clone, wait4, exit. */
#include "show.h"

int main(void) {
    int status = 0;
    struct rusage usage;
    long child = syscall(SYS_fork);
    if (child == 0)
        syscall(SYS_exit, 0x1ff);
    TRUE(syscall(SYS_wait4, child, &status, 0, &usage) == child);
    show_status("fork", status);
    child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        syscall(SYS_exit_group, 12);
    TRUE(syscall(SYS_wait4, -1, &status, 0, 0) == child);
    show_status("clone", status);
    CALL(syscall(SYS_wait4, -1, &status, 0, 0));
    CALL(syscall(SYS_wait4, -1, &status, 0x100, 0));
    CALL(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
    CALL(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
    child = syscall(SYS_fork);
    if (child == 0)
        for (;;)
            syscall(SYS_sched_yield);
    CALL(syscall(SYS_wait4, child, &status, WNOHANG, 0));
    CALL(syscall(SYS_kill, child, SIGTERM));
    TRUE(syscall(SYS_wait4, child, &status, 0, 0) == child);
    show_status("yielding", status);
    TRUE(syscall(SYS_gettid) == getpid());
    CALL(syscall(99999));
    return 0;
}
