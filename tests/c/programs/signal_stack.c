/* sigaltstack: a handler on a stack of its own, even when the other one is used up. */
#include "show.h"
#include <setjmp.h>

static char *stack;
static sigjmp_buf back;
enum { SIZE = 64 * 1024 };

static void handler(int number) {
    char local;
    stack_t now;
    sigaltstack(NULL, &now);
    printf("signal %d on the other stack: %s, flags %d\n", number, &local >= stack && &local < stack + SIZE ? "yes" : "no",
           now.ss_flags);
    CALL(sigaltstack(&now, NULL));
    if (number == SIGSEGV)
        siglongjmp(back, 1);
}

static int __attribute__((noinline)) recurse(volatile char *above) {
    volatile char here[5000];
    here[0] = above ? above[0] + 1 : 0;
    return recurse(here) + here[0];
}

int main(void) {
    stack = malloc(SIZE);
    stack_t other = {.ss_sp = stack, .ss_size = SIZE}, old;
    CALL(sigaltstack(NULL, &old));
    SHOW(old.ss_flags);
    CALL(sigaltstack(&other, &old));
    CALL(sigaltstack(NULL, &old));
    TRUE(old.ss_sp == stack && old.ss_size == SIZE && old.ss_flags == 0);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    action.sa_flags = 0;
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    if (!sigsetjmp(back, 1))
        recurse(NULL);
    printf("recovered\n");
    pid_t child = fork();
    if (child == 0) {
        raise(SIGUSR1);
        _exit(0);
    }
    show_end("child", child);
    other.ss_size = 100;
    CALL(sigaltstack(&other, NULL));
    other.ss_size = SIZE;
    other.ss_flags = 99;
    CALL(sigaltstack(&other, NULL));
    other.ss_flags = SS_DISABLE;
    CALL(sigaltstack(&other, NULL));
    CALL(sigaltstack(NULL, &old));
    SHOW(old.ss_flags);
    raise(SIGUSR1);
    return 0;
}
