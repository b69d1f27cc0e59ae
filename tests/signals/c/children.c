// What a parent learns of its children, and what becomes of signals at fork, exec and vfork.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static volatile int count, code, status_, from_child, child;
static char *self;

static void informed(int sig, siginfo_t *info, void *context) {
    count++;
    code = info->si_code, status_ = info->si_status;
    from_child = info->si_pid == child && info->si_uid == getuid();
}

static void set(int flags) {
    struct sigaction action = {.sa_sigaction = informed, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &action, 0);
    count = 0;
}

static void until(int wanted) {
    for (int i = 0; i < 1000 && count < wanted; i++) usleep(1000);
}

static void told(const char *what) {
    printf("%s: %d signals, code %d, status %d, from the child %d\n", what, count, code, status_, from_child);
    count = 0, code = status_ = 0;
}

static int block(int sig) {
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, sig);
    return sigprocmask(SIG_BLOCK, &set, 0);
}

static void unblock(int sig) {
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, 0);
}

static int begin(void (*body)(void)) {
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    int pid = fork();
    if (!pid) {
        sigprocmask(SIG_SETMASK, &old, 0);
        body();
        _exit(0);
    }
    child = pid;
    sigprocmask(SIG_SETMASK, &old, 0);
    return pid;
}

static void ignorant(int sig) {}
static void exits(void) { _exit(33); }
static void sleeps(void) { for (int i = 0; i < 100; i++) usleep(100000); }
static void aborts(void) { abort(); }

// The second program: prints its signal state.
static int state(void) {
    sigset_t mask, pending;
    sigprocmask(SIG_BLOCK, 0, &mask);
    sigpending(&pending);
    for (int sig = 1; sig < 32; sig++) {
        struct sigaction action;
        if (sigaction(sig, 0, &action)) continue;
        if (action.sa_handler != SIG_DFL || sigismember(&mask, sig) || sigismember(&pending, sig))
            printf("  %d: %s, flags %x, blocked %d, pending %d\n", sig,
                   action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "handler",
                   action.sa_flags & 0xff, sigismember(&mask, sig), sigismember(&pending, sig));
    }
    stack_t stack;
    sigaltstack(0, &stack);
    char name[17] = {0};
    prctl(PR_GET_NAME, name);
    printf("  alternate stack %d, alarm %d, name %s, death signal ", stack.ss_flags == SS_DISABLE, alarm(0) > 0, name);
    int death = -1;
    prctl(PR_GET_PDEATHSIG, &death);
    printf("%d\n", death);
    fflush(stdout);
    return 0;
}

static void prepare_state(void) {
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, ignorant);
    static char room[8192];
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, 0);
    block(SIGTERM), block(SIGHUP);
    raise(SIGTERM);
    alarm(100);
    prctl(PR_SET_NAME, "a name of more than 15 bytes");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void run_state(void) {
    prepare_state();
    execl(self, "state", "state", (char *)0);
    _exit(127);
}

static void fork_state(void) {
    prepare_state();
    int pid = fork();
    if (!pid) _exit(state());
    waitpid(pid, 0, 0);
}

int main(int argc, char **argv) {
    if (argc > 1) return state();
    setvbuf(stdout, 0, _IOLBF, 0);
    self = argv[0];
    signal(SIGPIPE, SIG_DFL);
    int status;

    set(0);
    begin(exits), until(1), told("exit"), printf("%d\n", wait(&status) == child && WEXITSTATUS(status) == 33);
    begin(aborts), until(1), told("abort"), printf("%d\n", wait(&status) == child && WTERMSIG(status) == SIGABRT);
    begin(sleeps), kill(child, SIGKILL), until(1), told("kill"), printf("%d\n", wait(&status) == child);
    begin(sleeps), kill(child, SIGSTOP), until(1), told("stop");
    printf("%d\n", waitpid(child, &status, WUNTRACED | WNOHANG) == child && WSTOPSIG(status) == SIGSTOP);
    printf("once %d\n", waitpid(child, &status, WUNTRACED | WNOHANG));
    kill(child, SIGCONT), until(1), told("continue");
    printf("%d\n", waitpid(child, &status, WCONTINUED | WNOHANG) == child && WIFCONTINUED(status));
    kill(child, SIGTERM), until(1), told("term"), wait(&status);
    set(SA_NOCLDSTOP);
    begin(sleeps), kill(child, SIGSTOP);
    printf("%d\n", waitpid(child, &status, WUNTRACED) == child), told("stop with SA_NOCLDSTOP");
    kill(child, SIGTERM), usleep(20000);
    printf("stopped, SIGTERM waits: %d\n", waitpid(child, &status, WNOHANG));
    kill(child, SIGKILL), until(1), told("and is killed"), printf("by %d\n", (wait(&status), WTERMSIG(status)));
    begin(sleeps), kill(child, SIGSTOP), kill(child, SIGCONT), kill(child, SIGTERM);
    printf("term %d\n", (wait(&status), WTERMSIG(status)));

    // No zombies.
    set(SA_NOCLDWAIT);
    begin(exits), until(1), told("SA_NOCLDWAIT"), printf("%d %d\n", wait(&status), errno == ECHILD);
    signal(SIGCHLD, SIG_IGN), count = 0;
    begin(exits), printf("ignored %d %d\n", wait(&status), errno == ECHILD), told("ignored");
    signal(SIGCHLD, SIG_DFL);

    // waitid.
    siginfo_t info;
    begin(sleeps), kill(child, SIGSTOP);
    waitid(P_PID, child, &info, WSTOPPED | WNOWAIT);
    printf("waitid %d %d %d %d\n", info.si_signo, info.si_code, info.si_status, info.si_pid == child);
    waitid(P_ALL, 0, &info, WSTOPPED);
    info.si_pid = 5, info.si_signo = 5;
    printf("nothing left %d %d %d\n", waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG), info.si_pid, info.si_signo);
    kill(child, SIGKILL);
    struct rusage usage;
    memset(&usage, 0xff, sizeof usage);
    printf("%d\n", wait4(child, &status, 0, &usage) == child && usage.ru_utime.tv_sec == 0);

    // What a new program and a new process have.
    printf("exec\n");
    begin(run_state), wait(&status);
    printf("fork\n");
    begin(fork_state), wait(&status);

    // The end of the parent.
    int ends[2];
    char byte;
    pipe(ends);
    if (!fork()) {
        if (!fork()) {
            close(ends[0]);
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            write(ends[1], "r", 1);
            sleeps();
        }
        close(ends[1]);
        read(ends[0], &byte, 1);
        _exit(0);
    }
    close(ends[1]);
    usleep(50000);
    printf("orphan gone: %d\n", (int)read(ends[0], &byte, 1));
    wait(&status);

    // posix_spawn, system and popen.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults, mask;
    sigemptyset(&defaults), sigaddset(&defaults, SIGUSR1), sigemptyset(&mask), sigaddset(&mask, SIGALRM);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setsigmask(&attributes, &mask);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    signal(SIGUSR1, SIG_IGN), signal(SIGUSR2, SIG_IGN);
    int pid;
    int result = posix_spawn(&pid, self, 0, &attributes, (char *[]){"state", "state", 0}, environ);
    waitpid(pid, &status, 0);
    printf("spawn %d\n", result);
    printf("missing %d\n", posix_spawn(&pid, "/no/such/file", 0, 0, (char *[]){"x", 0}, environ) == ENOENT);
    sigprocmask(SIG_BLOCK, 0, &mask);
    printf("mask as before %d\n", sigismember(&mask, SIGTERM) == 0);
    unblock(SIGALRM);
    return 0;
}
