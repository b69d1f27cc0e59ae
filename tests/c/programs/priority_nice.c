/* getpriority and setpriority of a process and of a group: kept, inherited, executed with; what an ordinary user may. */
#include "show.h"

static void limit(rlim_t soft) {
    struct rlimit both;
    getrlimit(RLIMIT_NICE, &both);
    both.rlim_cur = soft;
    CALL(setrlimit(RLIMIT_NICE, &both));
}

static int child(void) {
    SHOW(getpriority(PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, 0, 12));
    execl("./prog", "./prog", "again", NULL);
    return 1;
}

static pid_t stays(int nice) {
    pid_t pid = fork();
    if (pid == 0) {
        setpriority(PRIO_PROCESS, 0, nice);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(pid, NULL, WUNTRACED);
    return pid;
}

int main(int argc, char **argv) {
    syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){0}); /* whatever it was started with */
    if (argc > 1) {
        SHOW(getpriority(PRIO_PROCESS, 0));
        return 0;
    }
    setpgid(0, 0);
    SHOW(getpriority(PRIO_PROCESS, 0));
    SHOW(syscall(SYS_getpriority, PRIO_PROCESS, 0)); /* the kernel's form */
    SHOW(syscall(SYS_getpriority, PRIO_PGRP, 0));
    CALL(setpriority(PRIO_PROCESS, 0, 5));
    SHOW(syscall(SYS_getpriority, PRIO_PROCESS, getpid()));
    CALL(setpriority(PRIO_PROCESS, 0, 5));
    CALL(setpriority(PRIO_PROCESS, 0, 4));
    CALL(setpriority(PRIO_PROCESS, 0, -1000));
    CALL(nice(1));
    CALL(nice(-1));
    in_child("a child", child);

    pid_t first = stays(9), second = stays(7);
    SHOW(getpriority(PRIO_PGRP, 0));
    SHOW(getpriority(PRIO_PROCESS, first));
    CALL(setpriority(PRIO_PGRP, 0, 8)); /* of these two it would make the first less nice */
    SHOW(getpriority(PRIO_PROCESS, 0));
    SHOW(getpriority(PRIO_PROCESS, first));
    SHOW(getpriority(PRIO_PROCESS, second));
    CALL(setpriority(PRIO_PGRP, getpgrp(), 1000));
    SHOW(getpriority(PRIO_PROCESS, first));
    SHOW(getpriority(PRIO_PGRP, 0));
    kill(first, SIGKILL), kill(second, SIGKILL);
    siginfo_t info;
    waitid(P_PID, first, &info, WEXITED | WNOWAIT);
    SHOW(getpriority(PRIO_PROCESS, first)); /* a zombie's */
    waitpid(first, NULL, 0), waitpid(second, NULL, 0);

    CALL(getpriority(PRIO_PROCESS, first));
    CALL(setpriority(PRIO_PROCESS, first, 0));
    CALL(getpriority(PRIO_PGRP, first));
    CALL(getpriority(3, 0));
    CALL(getpriority(-1, 0));
    CALL(setpriority(3, 0, 0));
    CALL(setpriority(PRIO_PROCESS, 1, 19));
    CALL(setpriority(PRIO_PROCESS, 1, 0));
    SHOW(getpriority(PRIO_PROCESS, 1));
    limit(0);
    return 0;
}
