/* What the programs of this folder share. Each result becomes a line of text that does not depend on pids, addresses,
   times or word sizes, so that it is the same wherever the program runs. */
#ifndef SHOW_H
#define SHOW_H
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Numbers of calls that riscv32 Linux never had, or has under another name than 64-bit machines. */
#ifdef __riscv
#ifndef SYS_fork
#define SYS_fork 1079
#define SYS_vfork 1071
#endif
#ifndef SYS_wait4
#define SYS_wait4 260
#endif
#define SYS_sendfile SYS_sendfile64
#define SYS_clock_gettime SYS_clock_gettime64
#define SYS_clock_nanosleep SYS_clock_nanosleep_time64
#define SYS_futex SYS_futex_time64
#define SYS_rt_sigtimedwait SYS_rt_sigtimedwait_time64
#define SYS_ppoll SYS_ppoll_time64
#define SYS_mmap SYS_mmap2
#endif

/* The result of a call as the number it is, with the error in words. */
#define CALL(expression) show_call(#expression, (long long)(expression))
/* Success or the error, where the number itself is the system's business. */
#define DONE(expression) show_done(#expression, (long long)(expression))
/* A number, and a truth. */
#define SHOW(expression) printf("%s: %lld\n", #expression, (long long)(expression))
#define TRUE(expression) printf("%s: %s\n", #expression, (expression) ? "yes" : "no")

static long long show_call(const char *text, long long result) {
    int error = errno;
    if (result == -1)
        printf("%s = -1, %s\n", text, strerror(error));
    else
        printf("%s = %lld\n", text, result);
    errno = error;
    return result;
}

static long long show_done(const char *text, long long result) {
    int error = errno;
    printf("%s: %s\n", text, result == -1 ? strerror(error) : "done");
    errno = error;
    return result;
}

/* A wait status in words. */
static void show_status(const char *who, int status) {
    if (WIFEXITED(status))
        printf("%s exited with %d\n", who, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s was killed by signal %d\n", who, WTERMSIG(status));
    else if (WIFSTOPPED(status))
        printf("%s was stopped by signal %d\n", who, WSTOPSIG(status));
    else if (WIFCONTINUED(status))
        printf("%s was continued\n", who);
    else
        printf("%s: what is %x?\n", who, status);
}

/* Wait for a child and show how it ended. */
static int show_end(const char *who, pid_t child) {
    int status = -1;
    if (waitpid(child, &status, 0) != child)
        printf("%s: %s\n", who, strerror(errno));
    else
        show_status(who, status);
    return status;
}

/* Run a function in a child, and show how that ended. */
static int in_child(const char *who, int (*function)(void)) {
    pid_t child = fork();
    if (child == 0)
        _exit(function());
    return show_end(who, child);
}

/* Make a file of this text. */
static void put_file(const char *name, const char *text, int mode) {
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode) || close(fd)) {
        printf("cannot make %s: %s\n", name, strerror(errno));
        exit(99);
    }
}

/* Show a whole file. */
static void show_file(const char *name) {
    char buffer[4096];
    int fd = open(name, O_RDONLY);
    if (fd < 0) {
        printf("%s: %s\n", name, strerror(errno));
        return;
    }
    ssize_t count = read(fd, buffer, sizeof buffer - 1);
    buffer[count < 0 ? 0 : count] = 0;
    printf("%s: [%s]\n", name, buffer);
    close(fd);
}

/* Show what a descriptor gives. */
static void show_read(int fd, size_t size) {
    char buffer[4096] = "";
    ssize_t count = read(fd, buffer, size < sizeof buffer ? size : sizeof buffer - 1);
    if (count < 0)
        printf("read: %s\n", strerror(errno));
    else
        printf("read %d: [%.*s]\n", (int)count, (int)count, buffer);
}

/* The time on a clock in milliseconds. */
static long long milliseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Sleep, in milliseconds. */
static int pause_for(long amount) {
    struct timespec time = {amount / 1000, amount % 1000 * 1000000};
    return nanosleep(&time, NULL);
}

__attribute__((constructor)) static void show_lines(void) {
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    (void)show_call, (void)show_done, (void)show_end, (void)in_child, (void)put_file, (void)show_file, (void)show_read;
    (void)milliseconds, (void)pause_for;
}
#endif
