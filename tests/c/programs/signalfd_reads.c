/* signalfd4: what a record says of each kind of signal, in which order they come, flags and errors. */
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "show.h"

static int fd;

static void show_signal(int from) {
    struct signalfd_siginfo record;
    memset(&record, 0xff, sizeof record);
    if (read(from, &record, sizeof record) < 0) {
        printf("read: %s\n", strerror(errno));
        return;
    }
    printf("signal %d, errno %d, code %d", record.ssi_signo, record.ssi_errno, record.ssi_code);
    printf(", %s", record.ssi_pid == getpid() ? "from itself" : record.ssi_pid ? "from another" : "from nobody");
    printf(", uid %s", record.ssi_uid == getuid() ? "its own" : "none");
    printf(", status %d, int %d, ptr %s, addr %llu", record.ssi_status, record.ssi_int,
           (uint32_t)record.ssi_ptr == (uint32_t)record.ssi_int ? "is int" : "differs",
           (unsigned long long)record.ssi_addr);
    printf(", fd %d, tid %u, band %u, overrun %u, trap %u\n", record.ssi_fd, record.ssi_tid, record.ssi_band,
           record.ssi_overrun, record.ssi_trapno);
}

static void show_pending(void) {
    sigset_t pending;
    sigpending(&pending);
    printf("pending:");
    for (int number = 1; number < 40; number++)
        if (sigismember(&pending, number))
            printf(" %d", number);
    printf("\n");
}

static sigset_t set_of(int first, int second, int third) {
    sigset_t set;
    sigemptyset(&set);
    if (first)
        sigaddset(&set, first);
    if (second)
        sigaddset(&set, second);
    if (third)
        sigaddset(&set, third);
    return set;
}

int main(void) {
    sigset_t all, some = set_of(SIGUSR1, SIGKILL, SIGSTOP), chosen = set_of(SIGUSR2, SIGCHLD, 37);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    fd = CALL(signalfd(-1, &some, SFD_NONBLOCK | SFD_CLOEXEC));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
    show_signal(fd);
    kill(getpid(), SIGUSR2);
    show_signal(fd);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    show_signal(fd);
    show_signal(fd);
    TRUE(signalfd(fd, &chosen, 0) == fd);
    show_signal(fd); /* SIGUSR2, which has waited */

    sigqueue(getpid(), 37, (union sigval){.sival_int = -7});
    sigqueue(getpid(), 37, (union sigval){.sival_int = 8});
    raise(SIGUSR2);
    show_pending();
    show_signal(fd);
    show_signal(fd);
    show_signal(fd);
    struct signalfd_siginfo many[4];
    sigqueue(getpid(), 37, (union sigval){.sival_int = 1});
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 2});
    sigqueue(getpid(), 37, (union sigval){.sival_int = 3});
    ssize_t size = read(fd, many, sizeof many - 1);
    printf("%zd bytes:", size);
    for (int i = 0; i < 3; i++)
        printf(" %d:%d", many[i].ssi_signo, many[i].ssi_int);
    printf("\n");
    if (fork() == 0)
        _exit(5);
    waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOWAIT);
    show_signal(fd);
    wait(NULL);
    if (fork() == 0)
        raise(SIGKILL);
    wait(NULL);
    show_signal(fd);

    /* An interval timer goes on once its signal has been read. */
    some = set_of(SIGALRM, 0, 0);
    int waits = signalfd(-1, &some, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 10000}, {0, 10000}}, NULL);
    for (int i = 0; i < 3; i++)
        show_signal(waits);
    int number;
    CALL(sigwait(&some, &number));
    CALL(sigwait(&some, &number));
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);

    CALL(signalfd(-1, &some, 1));
    CALL(signalfd(1, &some, 0));
    CALL(signalfd(99, &some, 0));
    CALL(signalfd(-2, &some, 0));
    CALL(syscall(SYS_signalfd4, -1, &some, 4L, 0L));
    CALL(syscall(SYS_signalfd4, -1, (void *)8, 8L, 0L));
    CALL(read(fd, many, sizeof many[0] - 1));
    CALL(read(fd, many, 0));
    CALL(write(fd, many, sizeof many[0]));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(pread(fd, many, sizeof many[0], 0));

    /* An ignored signal that is blocked waits, one that is not blocked is gone. */
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR2);
    show_signal(fd);
    return 0;
}
