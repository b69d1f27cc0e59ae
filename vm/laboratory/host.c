/* The laboratory's measured program for the host: the same experiment as vm/laboratory/guest.py writes.
 *
 * A single argument, procedure or system, measures one such call instead.
 *
 * Arguments: method (fork, vfork, spawn), size in bytes, action (exit, exec, write, shell), pages written, children, depth,
 * rounds. Prints a line a round: nanoseconds of the last creation, nanoseconds of the round. The first round, which
 * fills caches, is not printed. Memory is in small pages, as in the machine.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char *heap;
static long pages_written, depth;
static const char *method, *action;
static char *self;
static char stack[65536] __attribute__((aligned(16)));

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void act(void)
{
    if (!strcmp(action, "shell")) {
        char *arguments[] = { "/bin/sh", "-c", ":", NULL };
        execve(arguments[0], arguments, NULL);
        _exit(127);
    }
    if (!strcmp(action, "exec")) {
        char *arguments[] = { self, NULL };
        execve(self, arguments, NULL);
        _exit(127);
    }
    if (!strcmp(action, "write"))
        for (long page = 0; page < pages_written; page++)
            *(volatile long *)(heap + page * PAGE) = page;
    _exit(0);
}

static int start(void *level);

static pid_t create(long level)
{
    pid_t pid;
    if (!strcmp(method, "spawn"))
        return clone(start, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)level);
    if (!strcmp(method, "vfork"))
        pid = vfork();
    else
        pid = fork();
    if (pid == 0)
        start((void *)level);
    return pid;
}

static int start(void *level)
{
    if ((long)level < depth) {
        create((long)level + 1);
        wait(NULL);
        _exit(0);
    }
    act();
    return 0;
}

static __attribute__((noinline)) long procedure(long value)
{
    __asm__ volatile("" : "+r"(value));
    return value;
}

/* Prints the nanoseconds of one procedure call or one system call. */
static int measure_calls(const char *kind)
{
    enum { CALLS = 1000000 };
    long long began = now();
    for (long index = 0; index < CALLS; index++)
        if (*kind == 'p')
            procedure(index);
        else
            syscall(SYS_getppid);
    printf("%f\n", (double)(now() - began) / CALLS);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 2)
        return measure_calls(arguments[1]);
    if (count < 8)
        return 0; /* what a child execs */
    self = arguments[0];
    method = arguments[1];
    size_t size = strtoull(arguments[2], NULL, 10);
    action = arguments[3];
    pages_written = atol(arguments[4]);
    long children = atol(arguments[5]);
    depth = atol(arguments[6]);
    long rounds = atol(arguments[7]);
    heap = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (heap == MAP_FAILED)
        return 1;
    madvise(heap, size, MADV_NOHUGEPAGE);
    for (size_t offset = 0; offset < size; offset += PAGE)
        *(volatile long *)(heap + offset) = 1;
    for (long round = 0; round <= rounds; round++) {
        long long began = now(), called = 0;
        for (long child = 0; child < children; child++) {
            long long before = now();
            if (create(1) < 0)
                return 1;
            called = now() - before;
        }
        for (long child = 0; child < children; child++)
            if (wait(NULL) < 0)
                return 1;
        if (round)
            printf("%lld %lld\n", called, now() - began);
    }
    return 0;
}
