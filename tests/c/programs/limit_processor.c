/* RLIMIT_CPU: SIGXCPU at the soft limit, which moves up by a second each time, and SIGKILL at the hard one. */
#include "show.h"

static volatile sig_atomic_t count;

static void over(int signal) {
    struct rlimit both;
    getrlimit(RLIMIT_CPU, &both);
    count++;
    printf("signal %d, the limit is %d now\n", signal, (int)both.rlim_cur);
}

static void limit(rlim_t soft, rlim_t hard) {
    struct rlimit both = {soft, hard};
    if (setrlimit(RLIMIT_CPU, &both))
        puts(strerror(errno));
}

static void work_until(int wanted) {
    while (count < wanted)
        ;
}

static int handled(void) {
    signal(SIGXCPU, over);
    limit(0, RLIM_INFINITY);
    work_until(1);
    return 0;
}

static int killed(void) {
    signal(SIGXCPU, over);
    limit(0, 0);
    work_until(1);
    return 0;
}

static int dies(void) {
    limit(0, 5);
    work_until(1);
    return 0;
}

static int ignored(void) {
    struct rlimit both;
    signal(SIGXCPU, SIG_IGN);
    limit(0, RLIM_INFINITY);
    do
        getrlimit(RLIMIT_CPU, &both);
    while (both.rlim_cur == 0);
    SHOW(both.rlim_cur);
    limit(0, both.rlim_max);
    do
        getrlimit(RLIMIT_CPU, &both);
    while (both.rlim_cur == 0);
    return (int)both.rlim_cur;
}

static int inherited(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGXCPU);
    sigprocmask(SIG_BLOCK, &set, NULL); /* which it stays in the new program */
    limit(0, 7);
    execl("./prog", "./prog", "again", NULL);
    return 1;
}

static int set_by_another(void) {
    pid_t child = fork();
    if (child == 0)
        for (;;)
            ;
    struct rlimit none = {0, 0};
    CALL(prlimit(child, RLIMIT_CPU, &none, NULL));
    show_end("the other", child);
    return 0;
}

/* A process that does nothing uses no time. */
static int sleeps(void) {
    limit(1, 1);
    pause_for(1500);
    return 3;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        sigset_t set;
        sigpending(&set);
        while (!sigismember(&set, SIGXCPU))
            sigpending(&set);
        struct rlimit both;
        getrlimit(RLIMIT_CPU, &both);
        SHOW(both.rlim_max);
        return 9;
    }
    in_child("handled", handled);
    in_child("killed", killed);
    in_child("dies", dies);
    in_child("ignored", ignored);
    in_child("inherited", inherited);
    in_child("set by another", set_by_another);
    in_child("sleeps", sleeps);
    return 0;
}
