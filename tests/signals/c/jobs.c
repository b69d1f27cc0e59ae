// Process groups and sessions, and signals to them.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long value) { printf("%s: %ld\n", what, value); }
static void failed(const char *what, int result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "worked"); }
static void handler(int sig) { char line[40]; write(1, line, snprintf(line, 40, "handler %d\n", sig)); }

static int sleeper(void) {
    int pid = fork();
    if (!pid) for (int i = 0; i < 100; i++) usleep(100000);
    return pid;
}

int main(void) {
    setvbuf(stdout, 0, _IONBF, 0);
    int me = getpid(), status, ends[2], back[2];
    char byte;
    say("own group", getpgrp() == me);
    say("group of 0", getpgid(0) == me);
    failed("group of nobody", getpgid(999999999));
    failed("session of nobody", getsid(999999999));
    failed("negative group", setpgid(0, -1));
    failed("group of nobody", setpgid(0, 999999999));
    failed("a stranger", setpgid(999999999, 0));
    failed("again its own", setpgid(0, 0));
    failed("a session as the leader of a group", setsid());

    int a = sleeper(), b = sleeper();
    failed("a leads a group", setpgid(a, 0));
    failed("b joins it", setpgid(b, a));
    say("b's group is a", getpgid(b) == a);
    failed("signal the group", killpg(a, SIGTERM));
    for (int i = 0; i < 2; i++) {
        int pid = waitpid(-a, &status, 0);
        say("of the group", pid == a || pid == b);
        say("killed by", WTERMSIG(status));
    }
    failed("wait for the group", waitpid(-a, &status, 0));
    failed("signal the empty group", killpg(a, 0));
    failed("wait for one's own group", waitpid(0, &status, 0));

    if (!fork()) {
        say("session", setsid() == getpid());
        say("session of itself", getsid(0) == getpid() && getpgrp() == getpid());
        failed("a second time", setsid());
        failed("leave as the leader", setpgid(0, 0));
        if (!fork()) {
            failed("a group of another session", setpgid(0, me));
            _exit(0);
        }
        wait(&status);
        _exit(0);
    }
    wait(&status);

    pipe(ends), pipe(back);
    int pid = fork();
    if (!pid) {
        write(ends[1], "x", 1), read(back[0], &byte, 1);
        execl("/proc/self/exe", "x", (char *)0);
        _exit(1);
    }
    read(ends[0], &byte, 1);
    failed("before exec", setpgid(pid, pid));
    kill(pid, SIGKILL), wait(&status);

    // A group that is orphaned while a member is stopped: SIGHUP and SIGCONT.
    pid = fork();
    if (!pid) {
        setpgid(0, 0);
        int inner = fork();
        if (!inner) {
            setpgid(0, 0);
            signal(SIGHUP, handler), signal(SIGCONT, handler);
            raise(SIGSTOP);
            write(ends[1], "d", 1);
            _exit(0);
        }
        waitpid(inner, &status, WUNTRACED);
        say("stopped", WIFSTOPPED(status));
        _exit(0);
    }
    waitpid(pid, &status, 0);
    read(ends[0], &byte, 1);
    say("it went on", byte == 'd');

    // In an orphaned group SIGTSTP does not stop, SIGSTOP does.
    pid = fork();
    if (!pid) {
        setsid();
        raise(SIGTSTP);
        printf("SIGTSTP in an orphaned group\n");
        raise(SIGSTOP);
        printf("continued\n");
        _exit(0);
    }
    waitpid(pid, &status, WUNTRACED);
    say("stopped by", WIFSTOPPED(status) ? WSTOPSIG(status) : -1);
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    say("exit", WEXITSTATUS(status));

    // SIGCONT continues also where it is blocked or ignored; stop signals and SIGCONT cancel each other.
    pid = fork();
    if (!pid) {
        sigset_t set, waiting;
        sigemptyset(&set), sigaddset(&set, SIGCONT), sigaddset(&set, SIGTSTP);
        sigprocmask(SIG_BLOCK, &set, 0);
        raise(SIGTSTP), raise(SIGCONT);
        sigpending(&waiting);
        printf("pending TSTP %d CONT %d\n", sigismember(&waiting, SIGTSTP), sigismember(&waiting, SIGCONT));
        raise(SIGTSTP);
        sigpending(&waiting);
        printf("pending TSTP %d CONT %d\n", sigismember(&waiting, SIGTSTP), sigismember(&waiting, SIGCONT));
        raise(SIGSTOP);
        printf("went on\n");
        _exit(0);
    }
    waitpid(pid, &status, WUNTRACED);
    say("stopped by", WSTOPSIG(status));
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    say("exit", WEXITSTATUS(status));
    return 0;
}
