/* Attributes of threads: sizes, guards, own stacks, what a thread finds out about itself. */
#include "threads.h"

static char *top;
static steps gate;

static void *stack_of_itself(void *argument) {
    pthread_attr_t mine;
    size_t size = 0, guard = 0;
    void *stack = NULL;
    char here;
    pthread_getattr_np(pthread_self(), &mine);
    pthread_attr_getstack(&mine, &stack, &size);
    pthread_attr_getguardsize(&mine, &guard);
    printf("on its stack: %d, guard %zu, at least as large as asked for: %d\n",
           &here > (char *)stack && &here < (char *)stack + size, guard, size >= (size_t)argument);
    return NULL;
}

/* Uses a page of the stack for each step; what is above is needed, so that no compiler makes a loop of it. */
static int down(int depth, volatile char *above) {
    volatile char page[4096];
    page[0] = above ? above[0] : 1;
    return depth ? down(depth - 1, page) * page[0] : 0;
}

static void *deep(void *argument) {
    return (void *)(long)down((int)(long)argument, NULL);
}

static void *on_given(void *argument) {
    char here;
    return (void *)(long)(&here > (char *)argument && &here < top);
}

static void *wait_at_gate(void *argument) {
    await(&gate, 1);
    return NULL;
}

static int overflow(void) {
    join(begin(deep, (void *)100000));
    return 0;
}

static void with_size(size_t size, size_t guard, int depth) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    GIVES(pthread_attr_setstacksize(&attributes, size));
    GIVES(pthread_attr_setguardsize(&attributes, guard));
    pthread_create(&thread, &attributes, stack_of_itself, (void *)size);
    join(thread);
    pthread_create(&thread, &attributes, deep, (void *)(long)depth);
    SHOW(join(thread));
}

int main(void) {
    pthread_attr_t attributes, fetched;
    pthread_t thread;
    size_t size = 1, guard = 1;
    void *stack;
    pthread_attr_init(&attributes);
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_getguardsize(&attributes, &guard);
    TRUE(size >= 65536 && guard > 0);
    GIVES(pthread_attr_setstacksize(&attributes, 100));
    GIVES(pthread_attr_setstacksize(&attributes, SIZE_MAX));
    GIVES(pthread_attr_setguardsize(&attributes, SIZE_MAX));
    GIVES(pthread_attr_getstack(&attributes, &stack, &size));
    GIVES(pthread_attr_setstacksize(&attributes, SIZE_MAX / 5));
    GIVES(pthread_create(&thread, &attributes, deep, NULL)); /* no memory for it */
    with_size(16384, 0, 1);
    with_size(1 << 20, 65536, 200);

    top = (char *)mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 65536;
    pthread_attr_init(&attributes);
    GIVES(pthread_attr_setstack(&attributes, top - 65536, 65536));
    GIVES(pthread_attr_setstack(&attributes, top - 65536, 64));
    GIVES(pthread_attr_getstack(&attributes, &stack, &size));
    TRUE(stack == top - 65536 && size == 65536);
    GIVES(pthread_create(&thread, &attributes, on_given, top - 65536));
    SHOW(join(thread));

    int value = -1;
    GIVES(pthread_attr_getscope(&attributes, &value));
    TRUE(value == PTHREAD_SCOPE_SYSTEM);
    GIVES(pthread_attr_setscope(&attributes, PTHREAD_SCOPE_PROCESS));
    GIVES(pthread_attr_getinheritsched(&attributes, &value));
    TRUE(value == PTHREAD_INHERIT_SCHED);
    GIVES(pthread_attr_getschedpolicy(&attributes, &value));
    TRUE(value == SCHED_OTHER);
    GIVES(pthread_attr_destroy(&attributes));

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 200000);
    GIVES(pthread_setattr_default_np(&attributes));
    GIVES(pthread_getattr_default_np(&fetched));
    pthread_attr_getstacksize(&fetched, &size);
    TRUE(size >= 200000);
    thread = begin(wait_at_gate, NULL);
    pthread_getattr_np(thread, &fetched);
    pthread_attr_getdetachstate(&fetched, &value);
    TRUE(value == PTHREAD_CREATE_JOINABLE);
    pthread_attr_getstacksize(&fetched, &size);
    TRUE(size >= 200000);
    step(&gate);
    join(thread);
    in_child("too deep", overflow);
    return 0;
}
