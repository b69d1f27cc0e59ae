/* The context of a handler: a mask that is changed there is the mask afterwards. */
#define _GNU_SOURCE
#include <ucontext.h>
#include "show.h"

static void handler(int number, siginfo_t *info, void *pointer) {
    (void)info;
    ucontext_t *context = pointer;
    printf("%d: before it %d %d\n", number, sigismember(&context->uc_sigmask, SIGUSR1),
           sigismember(&context->uc_sigmask, SIGHUP));
    sigaddset(&context->uc_sigmask, SIGTERM);
    sigdelset(&context->uc_sigmask, SIGHUP);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &set);
    for (int i = 1; i < 32; i++)
        if (sigismember(&set, i))
            printf("blocked %d\n", i);
    return 0;
}
