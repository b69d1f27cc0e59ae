// Handlers: what they are told, what is blocked while they run, in which order they run, and where.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int depth, times;
static char alternate[65536];

static void note(const char *format, int a, int b) {
    char line[128];
    write(1, line, snprintf(line, sizeof line, format, a, b));
}

static void handler(int sig) {
    note("handler %d at depth %d\n", sig, depth);
}

static void again(int sig) {
    depth++;
    note("again %d, depth %d\n", sig, depth);
    if (++times < 3) raise(sig);
    note("again %d leaves depth %d\n", sig, depth);
    depth--;
}

static void informed(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    note("informed %d code %d\n", info->si_signo, info->si_code);
    note("own pid %d, own uid %d\n", info->si_pid == getpid(), info->si_uid == getuid());
    note("value %d, errno %d\n", info->si_code == SI_QUEUE ? info->si_value.sival_int : 0, info->si_errno);
    note("saved mask has USR1 %d, USR2 %d\n", sigismember(&uc->uc_sigmask, SIGUSR1), sigismember(&uc->uc_sigmask, SIGUSR2));
    sigset_t now;
    sigprocmask(SIG_BLOCK, 0, &now);
    note("mask in handler has itself %d, USR2 %d\n", sigismember(&now, sig), sigismember(&now, SIGUSR2));
    note("link %d, flags of stack %d\n", uc->uc_link != 0, uc->uc_stack.ss_flags);
}

static void set(int sig, void (*f)(int), int flags, int mask) {
    struct sigaction action = {.sa_handler = f, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (mask) sigaddset(&action.sa_mask, mask);
    note("sigaction %d: %d\n", sig, sigaction(sig, &action, 0) ? errno : 0);
}

static void inform(int sig, int flags, int mask) {
    struct sigaction action = {.sa_sigaction = informed, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    if (mask) sigaddset(&action.sa_mask, mask);
    sigaction(sig, &action, 0);
}

static void mask(int how, int a, int b, int c) {
    sigset_t set;
    sigemptyset(&set);
    if (a) sigaddset(&set, a);
    if (b) sigaddset(&set, b);
    if (c) sigaddset(&set, c);
    sigprocmask(how, &set, 0);
}

static void pending(void) {
    sigset_t set;
    sigpending(&set);
    for (int sig = 1; sig < 65; sig++)
        if (sigismember(&set, sig) == 1) note("pending %d%s\n", sig, 0);
}

static void where(int sig) {
    char here;
    stack_t now;
    sigaltstack(0, &now);
    note("on the alternate stack %d, flags %d\n", &here >= alternate && &here < alternate + sizeof alternate, now.ss_flags);
    stack_t other = {.ss_sp = alternate, .ss_size = sizeof alternate};
    note("changing it now: %d, errno %d\n", sigaltstack(&other, 0), errno == EPERM);
}

static sigjmp_buf place;
static void leave(int sig) { siglongjmp(place, sig); }

int main(void) {
    set(SIGUSR1, handler, 0, 0);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);

    // Blocked: a standard signal waits once, a real-time signal as often as it was sent.
    mask(SIG_BLOCK, SIGUSR1, SIGRTMIN, SIGRTMIN + 1);
    set(SIGRTMIN, handler, 0, 0);
    set(SIGRTMIN + 1, handler, 0, 0);
    for (int i = 0; i < 3; i++) kill(getpid(), SIGUSR1);
    for (int i = 0; i < 3; i++) kill(getpid(), SIGRTMIN + (i & 1));
    pending();
    mask(SIG_UNBLOCK, SIGUSR1, SIGRTMIN, SIGRTMIN + 1);
    pending();

    // Sent to the thread and to the process: both wait.
    mask(SIG_BLOCK, SIGUSR1, SIGUSR2, 0);
    set(SIGUSR2, handler, 0, 0);
    kill(getpid(), SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR2);
    kill(getpid(), SIGUSR2);
    mask(SIG_UNBLOCK, SIGUSR1, SIGUSR2, 0);

    // The order of several that become deliverable at once.
    mask(SIG_BLOCK, SIGUSR1, SIGUSR2, SIGTERM);
    set(SIGTERM, handler, 0, 0);
    set(SIGUSR2, handler, 0, SIGTERM);
    kill(getpid(), SIGTERM), kill(getpid(), SIGUSR2), kill(getpid(), SIGUSR1);
    mask(SIG_SETMASK, 0, 0, 0);

    set(SIGUSR1, again, 0, 0), raise(SIGUSR1);
    times = 0, set(SIGUSR1, again, SA_NODEFER, 0), raise(SIGUSR1);

    set(SIGUSR1, handler, SA_RESETHAND, 0);
    raise(SIGUSR1);
    struct sigaction old;
    sigaction(SIGUSR1, 0, &old);
    note("after SA_RESETHAND default %d, flags kept %d\n", old.sa_handler == SIG_DFL, (old.sa_flags & SA_RESETHAND) != 0);

    inform(SIGUSR1, 0, SIGUSR2);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    mask(SIG_BLOCK, SIGUSR2, 0, 0);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42});
    inform(SIGRTMIN + 2, 0, 0);
    for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i});
    mask(SIG_SETMASK, 0, 0, 0);

    // Ignored signals do not wait, and ignoring one forgets it.
    set(SIGUSR1, SIG_IGN, 0, 0);
    raise(SIGUSR1);
    mask(SIG_BLOCK, SIGUSR1, SIGUSR2, SIGCHLD);
    raise(SIGUSR1), raise(SIGUSR2), raise(SIGCHLD);
    pending();
    set(SIGUSR1, SIG_IGN, 0, 0), set(SIGUSR2, SIG_IGN, 0, 0), set(SIGCHLD, SIG_DFL, 0, 0);
    pending();
    mask(SIG_SETMASK, 0, 0, 0);

    // The alternate stack.
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    stack_t small = {.ss_sp = alternate, .ss_size = 100}, odd = {.ss_sp = alternate, .ss_flags = 77, .ss_size = 65536};
    note("small: %d, %d\n", sigaltstack(&small, 0), errno == ENOMEM);
    note("odd: %d, %d\n", sigaltstack(&odd, 0), errno == EINVAL);
    sigaltstack(&stack, 0);
    set(SIGUSR1, where, SA_ONSTACK, 0), raise(SIGUSR1);
    set(SIGUSR1, where, 0, 0), raise(SIGUSR1);
    stack_t now;
    sigaltstack(0, &now);
    note("kept %d, flags %d\n", now.ss_sp == alternate, now.ss_flags);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, 0);
    set(SIGUSR1, where, SA_ONSTACK, 0), raise(SIGUSR1);

    // Leaving a handler by a jump, with and without the mask.
    set(SIGUSR1, leave, 0, 0);
    sigset_t mask_now;
    if (sigsetjmp(place, 1) == 0) raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, 0, &mask_now);
    note("after siglongjmp with the mask %d%s\n", sigismember(&mask_now, SIGUSR1), 0);
    if (sigsetjmp(place, 0) == 0) raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, 0, &mask_now);
    note("after siglongjmp without it %d%s\n", sigismember(&mask_now, SIGUSR1), 0);

    // What cannot be.
    note("KILL %d STOP %d\n", signal(SIGKILL, SIG_IGN) == SIG_ERR, signal(SIGSTOP, handler) == SIG_ERR);
    struct { void *f; unsigned long flags; unsigned long mask[8 / sizeof(long) + 1]; } raw;
    note("size %d, %d\n", (int)syscall(SYS_rt_sigaction, SIGUSR1, 0, &raw, 4), errno == EINVAL);
    note("signal 0 %d, 65 %d\n", kill(getpid(), 0), kill(getpid(), 65));
    note("tkill %d %d\n", (int)syscall(SYS_tkill, 0, SIGUSR2), errno == EINVAL);
    note("tgkill %d %d\n", (int)syscall(SYS_tgkill, getpid(), getpid() + 1000000, SIGUSR2), errno == ESRCH);
    mask(SIG_SETMASK, SIGKILL, SIGSTOP, SIGUSR2);
    sigprocmask(SIG_BLOCK, 0, &mask_now);
    note("KILL blocked %d, STOP %d\n", sigismember(&mask_now, SIGKILL), sigismember(&mask_now, SIGSTOP));

    // Ends.
    int status, pid = fork();
    if (!pid) {
        mask(SIG_SETMASK, 0, 0, 0);
        set(SIGTERM, SIG_DFL, 0, 0);
        mask(SIG_BLOCK, SIGTERM, 0, 0);
        raise(SIGTERM);
        write(1, "still here\n", 11);
        mask(SIG_UNBLOCK, SIGTERM, 0, 0);
        write(1, "not reached\n", 12);
    }
    waitpid(pid, &status, 0);
    note("killed %d by %d\n", WIFSIGNALED(status), WTERMSIG(status));
    return 7;
}
