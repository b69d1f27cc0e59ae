/* SIGCHLD: a handler, SA_NOCLDSTOP, SA_NOCLDWAIT, and ignoring it. */
#include "show.h"

static volatile int count;
static siginfo_t seen;

static void handler(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    count++;
    seen = *info;
}

static void set(int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &action, NULL);
    count = 0;
}

int main(void) {
    int status;
    set(SA_RESTART);
    pid_t child = fork();
    if (child == 0)
        _exit(9);
    show_end("child", child);
    printf("signals %d code %d status %d same %d\n", count, seen.si_code, seen.si_status, seen.si_pid == child);
    set(SA_RESTART);
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(1);
    }
    waitpid(child, &status, WUNTRACED);
    printf("signals %d code %d status %d\n", count, seen.si_code, seen.si_status);
    kill(child, SIGKILL);
    show_end("child", child);
    SHOW(count);
    printf("code %d status %d\n", seen.si_code, seen.si_status);
    set(SA_RESTART | SA_NOCLDSTOP);
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(4);
    }
    waitpid(child, &status, WUNTRACED);
    SHOW(count);
    kill(child, SIGCONT);
    show_end("child", child);
    SHOW(count);
    set(SA_RESTART | SA_NOCLDWAIT);
    child = fork();
    if (child == 0)
        _exit(4);
    CALL(waitpid(child, &status, 0));
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            _exit(i);
    CALL(wait(&status));
    signal(SIGCHLD, SIG_DFL);
    child = fork();
    if (child == 0)
        _exit(5);
    show_end("child", child);
    return 0;
}
