/* Handlers in threads: each on its thread's alternate stack, and a fault goes to the thread that made it. */
#include "threads.h"
#include <setjmp.h>

enum { SIZE = 65536, THREADS = 3 };

static __thread char *own;
static __thread sigjmp_buf place;
static __thread int faults;
static _Atomic int handled, on_own, off_own;
static steps ready, gate;

static void handle(int signal) {
    char here;
    if (own && &here > own && &here < own + SIZE)
        on_own++;
    else
        off_own++;
    handled++;
}

static void recover(int signal, siginfo_t *info, void *context) {
    char here;
    faults++;
    on_own += &here > own && &here < own + SIZE;
    siglongjmp(place, info->si_addr == (void *)(16 + (uintptr_t)faults * 4) ? 1 : 2);
}

static void *use_stack(void *argument) {
    stack_t stack = {.ss_size = SIZE}, old;
    sigaltstack(NULL, &old);
    if (old.ss_flags != SS_DISABLE)
        puts("it has one already");
    own = stack.ss_sp = malloc(SIZE);
    sigaltstack(&stack, NULL);
    step(&ready);
    await(&gate, 1);
    if (argument) {
        raise(SIGUSR1);
        stack.ss_flags = SS_DISABLE;
        sigaltstack(&stack, NULL);
        raise(SIGUSR1);
    }
    step(&ready);
    return NULL;
}

static void *fault(void *argument) {
    stack_t stack = {.ss_size = SIZE};
    own = stack.ss_sp = malloc(SIZE);
    sigaltstack(&stack, NULL);
    long sum = 0;
    for (volatile int i = 1; i <= 5; i++) {
        int result = sigsetjmp(place, 1);
        if (!result)
            *(volatile int *)(16 + (uintptr_t)i * 4) = 1;
        sum = sum * 10 + result;
    }
    sigaltstack(NULL, &stack);
    return (void *)(sum + (stack.ss_flags == 0 ? 0 : 100000));
}

static int deep(int depth) {
    volatile char page[4096];
    page[0] = 1;
    return depth ? deep(depth - 1) + page[0] : 0;
}

static void say(int signal) {
    static const char text[] = "no stack left in a thread\n";
    write(1, text, sizeof text - 1);
    _exit(5);
}

static void *overflow(void *argument) {
    stack_t stack = {.ss_sp = malloc(SIZE), .ss_size = SIZE};
    sigaltstack(&stack, NULL);
    return (void *)(long)deep(1000000);
}

static int overflow_in_thread(void) {
    struct sigaction action = {.sa_handler = say, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    join(begin(overflow, NULL));
    return 0;
}

int main(void) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    pthread_t threads[THREADS];
    stack_t stack = {.ss_sp = malloc(SIZE), .ss_size = SIZE};
    sigaltstack(&stack, NULL); /* threads do not inherit it */
    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(use_stack, "");
    await(&ready, THREADS);
    step(&gate);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    printf("%d on its own stack, %d elsewhere\n", (int)on_own, (int)off_own);

    on_own = 0;
    action.sa_sigaction = recover;
    action.sa_flags = SA_ONSTACK | SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(fault, NULL);
    for (int i = 0; i < THREADS; i++)
        SHOW(join(threads[i]));
    SHOW(on_own);
    in_child("overflow", overflow_in_thread);
    return 0;
}
