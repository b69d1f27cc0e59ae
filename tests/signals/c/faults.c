// Faults reach handlers with their cause and address; blocked or ignored ones end the process.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf place;
static char *volatile expected;
static char alternate[65536];

static void handler(int sig, siginfo_t *info, void *context) {
    char line[100], here;
    int on = &here >= alternate && &here < alternate + sizeof alternate;
    write(1, line, snprintf(line, sizeof line, "signal %d code %d address as expected %d, alternate %d\n", sig,
                            sig == SIGSEGV ? info->si_code : 0, (char *)info->si_addr == expected, on));
    siglongjmp(place, 1);
}

static void touch(char *address, int write) {
    expected = address;
    if (sigsetjmp(place, 1)) return;
    if (write) *(volatile char *)address = 1;
    else (void)*(volatile char *)address;
    printf("no fault\n");
}

static int deep(volatile char *above) {
    volatile char room[4096];
    room[0] = *above;
    return deep(room) + room[4095];
}

static void report(const char *what, int pid) {
    int status;
    waitpid(pid, &status, 0);
    printf("%s: signal %d, exit %d\n", what, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
           WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

static void install(int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGSEGV, &action, 0);
}

int main(void) {
    setvbuf(stdout, 0, _IONBF, 0);
    install(0);
    touch((char *)8, 0);
    touch((char *)16, 1);
    touch((char *)(void *)install, 1);
    char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        touch(page, 1);
        mprotect(page, 4096, PROT_READ);
        touch(page + 5, 0);
        touch(page + 5, 1);
        mprotect(page, 4096, PROT_NONE);
        touch(page + 7, 0);
        munmap(page, 4096);
        touch(page + 9, 0);
        touch(page + 4096, 1);
    }
    int pid;
    if (!(pid = fork())) {
        sigset_t set;
        sigemptyset(&set), sigaddset(&set, SIGSEGV), sigprocmask(SIG_BLOCK, &set, 0);
        touch((char *)8, 0);
        _exit(1);
    }
    report("blocked", pid);
    if (!(pid = fork())) {
        signal(SIGSEGV, SIG_IGN);
        touch((char *)8, 0);
        _exit(1);
    }
    report("ignored", pid);
    if (!(pid = fork())) {
        signal(SIGSEGV, SIG_IGN);
        raise(SIGSEGV);
        _exit(3);
    }
    report("raised and ignored", pid);
    if (!(pid = fork())) {  // no room for the frame
        char c = 0;
        expected = 0;
        deep(&c);
        _exit(1);
    }
    report("deep", pid);
    if (!(pid = fork())) {
        stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
        sigaltstack(&stack, 0);
        install(SA_ONSTACK);
        char c = 0;
        if (sigsetjmp(place, 1) == 0) {
            expected = (char *)-1;
            deep(&c);
        }
        _exit(4);
    }
    report("deep with another stack", pid);
    if (!(pid = fork())) {  // the handler faults itself: blocked then
        struct sigaction action = {.sa_handler = (void (*)(int))8};
        sigaction(SIGSEGV, &action, 0);
        sigaction(SIGUSR1, &action, 0);
        raise(SIGUSR1);
        _exit(1);
    }
    report("handler nowhere", pid);
    if (!(pid = fork())) {
        signal(SIGTRAP, SIG_DFL);
        signal(SIGILL, SIG_DFL);
        __builtin_trap();
    }
    report("trap", pid);
    return 0;
}
