/* Nice values below 0, and those of all processes of a user: what root may, and what others may with root's.
   User: root */
#include "show.h"

static uid_t user;

static pid_t stays(uid_t uid, int nice) {
    pid_t pid = fork();
    if (pid == 0) {
        setpriority(PRIO_PROCESS, 0, nice);
        setuid(uid);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(pid, NULL, WUNTRACED);
    return pid;
}

static int roots(void) {
    CALL(setpriority(PRIO_PROCESS, 0, -7));
    SHOW(getpriority(PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, 0, -1000));
    SHOW(syscall(SYS_getpriority, PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, 0, 3));
    SHOW(getpriority(PRIO_PROCESS, 0));
    return 0;
}

static int others(void) {
    pid_t roots_own = stays(0, 2), first = stays(user, 4), second = stays(user, -3);
    SHOW(getpriority(PRIO_USER, user));
    CALL(setpriority(PRIO_USER, user, 6));
    SHOW(getpriority(PRIO_PROCESS, first));
    SHOW(getpriority(PRIO_PROCESS, second));
    CALL(setuid(user));
    SHOW(getpriority(PRIO_USER, 0));
    CALL(setpriority(PRIO_PROCESS, first, 7));
    CALL(setpriority(PRIO_USER, 0, 6));
    SHOW(getpriority(PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, roots_own, 7));
    CALL(setpriority(PRIO_PROCESS, roots_own, 1));
    SHOW(getpriority(PRIO_PROCESS, roots_own));
    CALL(getpriority(PRIO_USER, user + 1000000));
    CALL(setpriority(PRIO_USER, user + 1000000, 0));
    kill(first, SIGKILL), kill(second, SIGKILL);
    return 0;
}

/* A process that is another's by its real id, or by its effective one, but may become root's. */
static int may_be_changed(uid_t real, uid_t effective, uid_t saved) {
    pid_t child = fork();
    if (child == 0) {
        setresuid(real, effective, saved);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(child, NULL, WUNTRACED);
    seteuid(user);
    CALL(setpriority(PRIO_PROCESS, child, 3));
    pid_t another = fork();
    if (another == 0) {
        setuid(0);
        setuid(user);
        CALL(setpriority(PRIO_PROCESS, child, 5));
        CALL(setpriority(PRIO_PROCESS, child, 1));
        CALL(syscall(SYS_sched_setscheduler, child, SCHED_BATCH, &(struct sched_param){0}));
        _exit(0);
    }
    waitpid(another, NULL, 0);
    seteuid(0);
    SHOW(getpriority(PRIO_PROCESS, child));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}

static int ids(void) {
    may_be_changed(user, 0, 0);
    may_be_changed(0, user, 0);
    may_be_changed(0, 0, user);
    may_be_changed(user, user, user);
    return 0;
}

int main(void) {
    syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){0});
    user = 200000 + getpid();
    setpgid(0, 0);
    in_child("root", roots);
    in_child("others", others);
    in_child("ids", ids);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM), kill(0, SIGCONT);
    return 0;
}
