/* A handler may leave a fault by siglongjmp, or mend it and go back to the instruction. */
#include "show.h"
#include <setjmp.h>

static sigjmp_buf back;
static char *page;
static int mends;

static void leave(int number, siginfo_t *info, void *context) {
    (void)context;
    printf("signal %d code %d address %lx\n", number, info->si_code, (unsigned long)info->si_addr);
    siglongjmp(back, number);
}

static void mend(int number, siginfo_t *info, void *context) {
    (void)context, (void)number;
    mends++;
    mprotect((void *)((uintptr_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    for (unsigned long address = 0; address < 64; address += 16) {
        int number = sigsetjmp(back, 1);
        if (number == 0)
            *(volatile char *)address = 1;
        printf("back by %d\n", number);
    }
    action.sa_sigaction = mend;
    sigaction(SIGSEGV, &action, NULL);
    page = mmap(NULL, 5 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 5 * 4096; i += 1024)
        page[i] = i >> 10;
    SHOW(mends);
    SHOW(page[4 * 4096]);
    signal(SIGSEGV, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        *(volatile char *)8 = 1;
        _exit(0);
    }
    show_end("ignoring it", child);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGSEGV, &action, NULL);
    child = fork();
    if (child == 0) {
        *(volatile char *)8 = 1;
        _exit(0);
    }
    show_end("blocking it", child);
    return 0;
}
