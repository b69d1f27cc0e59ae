/* What belongs to a thread: __thread variables, keys with their destructors, errno. */
#include "threads.h"
#include <threads.h>

static __thread int zero;
static __thread int set = 40;
static __thread char text[] = "own";
static _Thread_local long aligned __attribute__((aligned(64))) = 5;
static pthread_key_t keys[3], again;
static int rounds;
static steps turn;

static void *locals(void *argument) {
    zero++;
    set += (int)(long)argument;
    text[0] = (char)('a' + (long)argument);
    int sum = zero + set + (int)aligned;
    step(&turn);
    await(&turn, 4); /* all are there, each with its own */
    TRUE((uintptr_t)&aligned % 64 == 0);
    if (text[0] != 'a' + (long)argument)
        puts("not its own");
    return (void *)(long)(sum + zero);
}

static void *address(void *argument) {
    return &zero;
}

static void destroy(void *value) {
    printf("destructor of %s\n", (char *)value);
}

static void destroy_again(void *value) {
    rounds++;
    GIVES(pthread_setspecific(again, value));
}

static void *use_keys(void *argument) {
    TRUE(pthread_getspecific(keys[0]) == NULL);
    GIVES(pthread_setspecific(keys[0], "first"));
    GIVES(pthread_setspecific(keys[1], "second"));
    GIVES(pthread_setspecific(keys[2], "no destructor"));
    puts(pthread_getspecific(keys[0]));
    if (argument)
        pthread_exit(NULL);
    return NULL;
}

static void *use_again(void *argument) {
    pthread_setspecific(again, "again");
    return NULL;
}

static void *use_errno(void *argument) {
    TRUE(errno == 0);
    errno = 7;
    step(&turn);
    return &errno;
}

static int c11(void *argument) {
    tss_set(*(tss_t *)argument, "of tss");
    return 6;
}

int main(void) {
    pthread_t threads[4];
    long sum = 0;
    for (long i = 0; i < 4; i++)
        threads[i] = begin(locals, (void *)(i * 10));
    for (int i = 0; i < 4; i++)
        sum += join(threads[i]);
    SHOW(sum);
    printf("%d %d %s %ld\n", zero, set, text, aligned);
    TRUE(join(begin(address, NULL)) != (long)&zero);

    GIVES(pthread_key_create(&keys[0], destroy));
    GIVES(pthread_key_create(&keys[1], destroy));
    GIVES(pthread_key_create(&keys[2], NULL));
    pthread_setspecific(keys[0], "of the first thread");
    join(begin(use_keys, NULL));
    join(begin(use_keys, ""));
    puts(pthread_getspecific(keys[0]));
    GIVES(pthread_key_create(&again, destroy_again));
    join(begin(use_again, NULL));
    TRUE(rounds == PTHREAD_DESTRUCTOR_ITERATIONS);
    GIVES(pthread_key_delete(again));
    GIVES(pthread_key_delete(keys[1]));
    GIVES(pthread_key_create(&again, NULL));
    TRUE(pthread_getspecific(again) == NULL);
    int made = 0;
    for (pthread_key_t key; pthread_key_create(&key, NULL) == 0;)
        made++;
    SHOW(made + 3 == PTHREAD_KEYS_MAX);

    errno = 0;
    TRUE(join(begin(use_errno, NULL)) != (long)&errno);
    SHOW(errno);
    tss_t tss;
    thrd_t thread;
    int result = 0;
    pthread_key_delete(keys[2]);
    SHOW(tss_create(&tss, destroy) == thrd_success);
    thrd_create(&thread, c11, &tss);
    thrd_join(thread, &result);
    SHOW(result);
    return 0;
}
