// poll, select, futex and sigtimedwait: what they return and what they wait for.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_futex_time64
#define FUTEX SYS_futex_time64
#define SIGTIMEDWAIT SYS_rt_sigtimedwait_time64
#else
#define FUTEX SYS_futex
#define SIGTIMEDWAIT SYS_rt_sigtimedwait
#endif

static void show(const char *what, long result) {
    printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void polling(void) {
    int a[2], b[2];
    pipe(a), pipe(b);
    struct pollfd fds[] = {{a[0], POLLIN, 99}, {a[1], POLLOUT, 99}, {-5, POLLIN, 99}, {999, POLLIN, 99}, {b[0], POLLIN, 99}};
    show("poll", poll(fds, 5, 0));
    for (int i = 0; i < 5; i++) printf("  %x\n", fds[i].revents);
    write(a[1], "x", 1), close(b[1]);
    show("poll", poll(fds, 5, -1));
    for (int i = 0; i < 5; i++) printf("  %x\n", fds[i].revents);
    close(b[0]), pipe(b), close(b[0]);
    struct pollfd out = {b[1], POLLOUT, 0}, in = {a[0], POLLIN, 0};
    show("poll a pipe without readers", poll(&out, 1, 0));
    printf("  %x\n", out.revents);
    char byte;
    read(a[0], &byte, 1);
    long long begin = now();
    show("poll to its timeout", poll(&in, 1, 30));
    printf("waited %d\n", now() - begin >= 30000000);
    if (!fork()) {
        usleep(20000);
        write(a[1], "y", 1);
        _exit(0);
    }
    show("poll until there is data", poll(&in, 1, -1));
    printf("  %x\n", in.revents);
    wait(0);
    show("too many", poll((void *)8, 99999999, 0));
    show("bad pointer", poll((void *)8, 1, 0));
    show("bad time", ppoll(&in, 1, &(struct timespec){.tv_nsec = -1}, 0));

    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(a[0], &readable);
    FD_SET(a[1], &writable);
    show("select", select(a[1] + 1, &readable, &writable, 0, 0));
    printf("  %d %d\n", FD_ISSET(a[0], &readable) != 0, FD_ISSET(a[1], &writable) != 0);
    read(a[0], &byte, 1);
    FD_SET(a[0], &readable);
    struct timeval time = {.tv_usec = 30000};
    begin = now();
    show("select to its timeout", select(a[1] + 1, &readable, 0, 0, &time));
    printf("waited %d, set %d\n", now() - begin >= 30000000, FD_ISSET(a[0], &readable) != 0);
    FD_ZERO(&readable);
    FD_SET(50, &readable);
    show("select a closed one", select(51, &readable, 0, 0, &time));
    show("select a negative number", select(-1, 0, 0, 0, &time));
    close(a[1]);
    FD_ZERO(&readable);
    FD_SET(a[0], &readable);
    show("select at the end", select(a[0] + 1, &readable, 0, 0, 0));
}

static void futexes(void) {
    uint32_t *word = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *word = 1;
    show("another value", syscall(FUTEX, word, 0, 2, 0, 0, 0));
    show("nobody to wake", syscall(FUTEX, word, 1, 5, 0, 0, 0));
    show("misaligned", syscall(FUTEX, (char *)word + 1, 0, 1, 0, 0, 0));
    show("nowhere", syscall(FUTEX, (void *)8, 0, 1, 0, 0, 0));
    show("no bits", syscall(FUTEX, word, 9, 1, 0, 0, 0));
    show("no command", syscall(FUTEX, word, 99, 1, 0, 0, 0));
    show("timeout", syscall(FUTEX, word, 0, 1, &(long long[2]){0, 10000000}, 0, 0));
    show("bad timeout", syscall(FUTEX, word, 0, 1, &(long long[2]){-1, 0}, 0, 0));
    long long at[2] = {0, 0};
    show("in the past", syscall(FUTEX, word, 9, 1, at, 0, 1));
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            long result = syscall(FUTEX, word, 0, 1, 0, 0, 0);
            _exit(result == 0 ? 10 : errno);
        }
    usleep(50000);
    show("wake one", syscall(FUTEX, word, 1, 1, 0, 0, 0));
    int status;
    wait(&status);
    printf("it returned %d\n", WEXITSTATUS(status));
    show("wake all", syscall(FUTEX, word, 1, INT_MAX, 0, 0, 0));
    for (int i = 0; i < 2; i++) wait(&status), printf("it returned %d\n", WEXITSTATUS(status));
    for (int bits = 1; bits < 3; bits++)
        if (!fork()) _exit(syscall(FUTEX, word, 9, 1, 0, 0, bits) == 0 ? bits : 99);
    usleep(50000);
    show("wake bit 4", syscall(FUTEX, word, 10, 9, 0, 0, 4));
    show("wake bit 2", syscall(FUTEX, word, 10, 9, 0, 0, 2));
    wait(&status), printf("it returned %d\n", WEXITSTATUS(status));
    show("wake any", syscall(FUTEX, word, 1, 9, 0, 0, 0));
    wait(&status), printf("it returned %d\n", WEXITSTATUS(status));
}

static void signals(void) {
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGCHLD), sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, 0);
    struct timespec none = {0}, some = {.tv_nsec = 20000000};
    show("nothing", sigtimedwait(&set, &info, &none));
    long long begin = now();
    show("nothing for a time", sigtimedwait(&set, &info, &some));
    printf("waited %d\n", now() - begin >= 20000000);
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5}), raise(SIGUSR1);
    show("the lower one", sigtimedwait(&set, &info, 0) == SIGUSR1);
    show("then the other", sigwaitinfo(&set, &info) == SIGRTMIN);
    printf("value %d, code %d\n", info.si_value.sival_int, info.si_code);
    int pid = fork();
    if (!pid) _exit(6);
    show("a child's end", sigwaitinfo(&set, &info) == SIGCHLD);
    printf("status %d, pid %d\n", info.si_status, info.si_pid == pid);
    wait(0);
    if (!fork()) {
        usleep(20000);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    show("another process's", sigwaitinfo(&set, &info) == SIGUSR1);
    printf("code %d\n", info.si_code);
    wait(0);
    show("size", syscall(SIGTIMEDWAIT, &set, 0, 0, 4));
    show("time", syscall(SIGTIMEDWAIT, &set, 0, &(long long[2]){0, -1}, 8));
}

int main(void) {
    setvbuf(stdout, 0, _IONBF, 0);
    polling();
    futexes();
    signals();
    return 0;
}
