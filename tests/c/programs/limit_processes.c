/* RLIMIT_NPROC: a user's processes are counted, zombies too, when one is created; root's are not.
   User: root */
#include "show.h"
#include <sys/prctl.h>

static uid_t user;

static void limit(long soft) {
    struct rlimit both = {soft, 1000};
    CALL(setrlimit(RLIMIT_NPROC, &both));
}

/* A child that stays until it is killed. */
static pid_t stays(void) {
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    show_done("fork", child);
    return child;
}

static void ends(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static int others(void) {
    limit(3);
    CALL(setuid(user));
    pid_t first = stays(), second = stays();
    stays();
    DONE(vfork());
    DONE(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    siginfo_t info;
    kill(first, SIGKILL);
    waitid(P_PID, first, &info, WEXITED | WNOWAIT);
    stays();
    CALL(waitpid(first, NULL, 0) == first);
    first = stays();
    stays();
    limit(2);
    stays();
    ends(first), ends(second);
    first = stays();
    stays();
    limit(1000);
    second = stays();
    ends(first), ends(second);
    limit(0);
    stays();
    return 0;
}

static int roots(void) {
    limit(0);
    ends(stays());
    CALL(setresuid(user, -1, -1)); /* another's process, with root's privileges */
    ends(stays());
    CALL(setresuid(0, user, -1)); /* root's, with none */
    ends(stays());
    return 0;
}

/* A process that has become one too many of its user's may execute no program (kernel/sys.c, flag_nproc_exceeded). */
static int executes(void) {
    int ends[2];
    char byte;
    pipe(ends);
    if (fork() == 0) {
        setuid(user);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        write(ends[1], "", 1);
        for (;;)
            pause();
    }
    read(ends[0], &byte, 1);
    limit(0);
    CALL(setuid(user));
    CALL(execl("./prog", "./prog", "again", NULL));
    limit(2);
    CALL(execl("./prog", "./prog", "again", NULL));
    return 1;
}

static int executes_within(void) {
    limit(0); /* nobody else is there, so that it is found out by no call */
    CALL(setuid(user));
    CALL(execl("./prog", "./prog", "again", NULL));
    return 1;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        puts("again");
        return 0;
    }
    user = 100000 + getpid();
    in_child("another user", others);
    in_child("root", roots);
    user++;
    in_child("executes", executes);
    user++;
    in_child("executes within", executes_within);
    return 0;
}
