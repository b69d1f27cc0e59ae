/* What the programs about threads share. They are ordered by steps, never by time: what they print is the same whichever
   thread runs when. */
#ifndef THREADS_H
#define THREADS_H
#include "show.h"
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* What a function of <pthread.h> gives: its error. */
#define GIVES(expression) show_given(#expression, expression)

static int show_given(const char *text, int error) {
    printf("%s: %s\n", text, error ? strerror(error) : "done");
    return error;
}

static pthread_t begin(void *(*function)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, function, argument);
    if (error) {
        printf("no thread: %s\n", strerror(error));
        exit(99);
    }
    return thread;
}

static long join(pthread_t thread) {
    void *result = NULL;
    int error = pthread_join(thread, &result);
    if (error)
        printf("not joined: %s\n", strerror(error));
    return (long)result;
}

static long futex(void *word, int operation, unsigned value, const void *limit, void *other, unsigned last) {
    return syscall(SYS_futex, word, operation, value, limit, other, last);
}

/* A count of steps: one more, and wait until there are so many. It may lie in shared memory. */
typedef _Atomic int steps;

static void step(steps *count) {
    atomic_fetch_add(count, 1);
    futex(count, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void await(steps *count, int least) {
    for (int now; (now = *count) < least;)
        futex(count, FUTEX_WAIT, now, NULL, NULL, 0);
}

/* Wait until so many wait on a word: to requeue them to where they are counts them and wakes none. */
static void await_waiters(void *word, int private, int count) {
    while (futex(word, FUTEX_REQUEUE | private, 0, (void *)INT_MAX, word, 0) < count)
        sched_yield();
}

/* Wait until a thread of this process sleeps in a call. */
static void await_asleep(pid_t thread) {
    for (;;) {
        char name[64], line[256] = "";
        snprintf(name, sizeof name, "/proc/self/task/%d/stat", thread);
        int fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            printf("no such thread: %s\n", strerror(errno));
            exit(99);
        }
        ssize_t count = read(fd, line, sizeof line - 1);
        close(fd);
        const char *end = strrchr(line, ')');
        if (count > 0 && end && end[2] == 'S')
            return;
        sched_yield();
    }
}

static void *map_shared(size_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

__attribute__((constructor)) static void show_threads(void) {
    (void)show_given, (void)begin, (void)join, (void)futex, (void)step, (void)await, (void)await_waiters;
    (void)await_asleep, (void)map_shared;
}
#endif
