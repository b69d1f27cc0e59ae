// Which calls a handler interrupts, which go on by SA_RESTART, and what a stop in between does (signal(7)).
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int handled;
static int ends[2];

static void handler(int sig) { handled++; }
static void feed(int sig) { handled++; write(ends[1], "x", 1); }

static void set(void (*f)(int), int flags) {
    struct sigaction action = {.sa_handler = f, .sa_flags = flags};
    sigaction(SIGALRM, &action, 0);
    handled = 0;
}

static void alarm_in(int milliseconds) {
    struct itimerval value = {.it_value.tv_usec = milliseconds * 1000};
    setitimer(ITIMER_REAL, &value, 0);
}

static void show(const char *what, long result) {
    int error = errno;
    printf("%s: %ld %s, handled %d\n", what, result, result < 0 ? strerror(error) : "", handled);
    handled = 0;
}

static int later(int milliseconds, int status) {
    int pid = fork();
    if (!pid) {
        usleep(milliseconds * 1000);
        _exit(status);
    }
    return pid;
}

static void waits(const char *kind) {
    char byte;
    int status;
    printf("-- %s\n", kind);
    alarm_in(20);
    int pid = later(60, 3);
    long result = waitpid(pid, &status, 0);
    show("waitpid", result == pid ? 1 : result);
    if (result != pid) waitpid(pid, &status, 0);
    pid = later(60, 3);
    siginfo_t info;
    alarm_in(20);
    result = waitid(P_PID, pid, &info, WEXITED);
    show("waitid", result);
    if (result) waitpid(pid, &status, 0);
    alarm_in(20);
    show("nanosleep", nanosleep(&(struct timespec){.tv_nsec = 60000000}, 0));
    alarm_in(20);
    show("poll", poll(0, 0, 60));
    alarm_in(20);
    show("select", select(0, 0, 0, 0, &(struct timeval){.tv_usec = 60000}));
    alarm_in(20);
    show("pause", pause());
    alarm_in(20);
    sigset_t none;
    sigemptyset(&none);
    show("sigsuspend", sigsuspend(&none));
    alarm_in(20);
    sigset_t usr1;
    sigemptyset(&usr1), sigaddset(&usr1, SIGUSR1), sigprocmask(SIG_BLOCK, &usr1, 0);
    long got = syscall(
#ifdef SYS_rt_sigtimedwait_time64
        SYS_rt_sigtimedwait_time64,
#else
        SYS_rt_sigtimedwait,
#endif
        &usr1, 0, &(long long[2]){0, 60000000}, 8);
    show("rt_sigtimedwait", got);
    int word = 7;
    alarm_in(20);
    got = syscall(
#ifdef SYS_futex_time64
        SYS_futex_time64,
#else
        SYS_futex,
#endif
        &word, 0, 7, &(long long[2]){0, 60000000}, 0, 0);
    show("futex with a timeout", got);
    (void)byte;
}

int main(void) {
    setvbuf(stdout, 0, _IONBF, 0);
    pipe(ends);
    char byte, big[200000];

    set(handler, 0);
    waits("without SA_RESTART");
    alarm_in(20);
    show("read", read(ends[0], &byte, 1));
    set(handler, SA_RESTART);
    waits("with SA_RESTART");
    set(feed, SA_RESTART);
    alarm_in(20);
    show("read", read(ends[0], &byte, 1));
    set(feed, 0);
    alarm_in(20);
    show("read", read(ends[0], &byte, 1));
    show("read what the handler wrote", read(ends[0], &byte, 1));

    // A write that is interrupted tells how much it wrote.
    memset(big, 'a', sizeof big);
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        set(handler, flags);
        alarm_in(20);
        long written = write(ends[1], big, sizeof big), total = 0;
        show("write", written);
        while (total < written) total += read(ends[0], big, sizeof big);
        printf("emptied %ld\n", total);
    }
    // A full pipe: nothing written.
    write(ends[1], big, 65536);
    set(handler, 0);
    alarm_in(20);
    show("write to a full pipe", write(ends[1], big, 1));
    read(ends[0], big, 65536);

    // The time that was left.
    struct timespec left = {0}, second = {.tv_sec = 1};
    alarm_in(20);
    int result = nanosleep(&second, &left);
    show("nanosleep", result);
    printf("left %d\n", left.tv_sec == 0 && left.tv_nsec > 500000000 && left.tv_nsec < 985000000);
    alarm_in(20);
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec++;
    left.tv_sec = 77;
    result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, &left);
    printf("absolute %d, left untouched %d\n", result == EINTR, left.tv_sec == 77);

    // Stopped and continued: most go on as if nothing had been.
    int pid = fork();
    if (!pid) {
        struct timespec begin, end;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        show("stopped nanosleep", nanosleep(&(struct timespec){.tv_nsec = 100000000}, 0));
        clock_gettime(CLOCK_MONOTONIC, &end);
        long ms = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
        printf("slept %d\n", ms >= 99 && ms < 400);
        show("stopped read", read(ends[0], &byte, 1));
        _exit(5);
    }
    for (int i = 0; i < 2; i++) {
        int status;
        usleep(i ? 200000 : 20000);
        kill(pid, SIGSTOP);
        waitpid(pid, &status, WUNTRACED);
        printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
        kill(pid, SIGCONT);
        waitpid(pid, &status, WCONTINUED);
        printf("continued %d\n", WIFCONTINUED(status));
    }
    write(ends[1], "y", 1);
    int status;
    waitpid(pid, &status, 0);
    printf("exit %d\n", WEXITSTATUS(status));

    // A mask for the wait only.
    sigset_t all, none, now;
    sigfillset(&all), sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &all, 0);
    set(handler, 0);
    raise(SIGALRM);
    show("ppoll with a mask", ppoll(0, 0, &second, &none));
    sigprocmask(SIG_SETMASK, 0, &now);
    printf("blocked again %d\n", sigismember(&now, SIGALRM));
    raise(SIGALRM);
    show("sigsuspend with a mask", sigsuspend(&none));
    raise(SIGALRM);
    struct pollfd ready = {.fd = ends[1], .events = POLLOUT};
    show("ppoll with something ready", ppoll(&ready, 1, &second, &none));
    show("and then nothing", ppoll(&ready, 0, &(struct timespec){0}, &none));
    return 0;
}
