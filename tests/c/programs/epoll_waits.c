/* Waiting with epoll_wait, epoll_pwait and epoll_pwait2: for children, for times, and what signals do. */
#include <sys/epoll.h>

#include "show.h"

static int set, ends[2];

static void handler(int number) { printf("signal %d\n", number); }

static int blocked(int number) {
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, number);
}

static int waits2(struct timespec *limit, const sigset_t *mask) {
    struct epoll_event event;
    return syscall(SYS_epoll_pwait2, set, &event, 1, limit, mask, 8L);
}

static pid_t later(int number) {
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        pause_for(30);
        if (number)
            kill(parent, number);
        else
            write(ends[1], "x", 1);
        _exit(0);
    }
    return child;
}

int main(void) {
    struct epoll_event event;
    sigset_t usr1, none;
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    set = epoll_create1(0);
    pipe(ends);
    event = (struct epoll_event){EPOLLIN, {.fd = ends[0]}};
    epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);

    long long before = milliseconds(CLOCK_MONOTONIC);
    CALL(epoll_wait(set, &event, 1, 40));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 40);
    before = milliseconds(CLOCK_MONOTONIC);
    CALL(waits2(&(struct timespec){0, 30000000}, NULL));
    TRUE(milliseconds(CLOCK_MONOTONIC) - before >= 30);
    CALL(waits2(&(struct timespec){0, 0}, NULL));
    pid_t child = later(0);
    CALL(epoll_wait(set, &event, 1, -1));
    SHOW(event.events);
    TRUE(event.data.fd == ends[0]);
    show_end("child", child);
    show_read(ends[0], 8);
    child = later(0);
    CALL(waits2(NULL, NULL));
    show_end("child", child);
    show_read(ends[0], 8);

    /* Two processes that wait for one set. */
    pid_t waiters[2];
    for (int i = 0; i < 2; i++) {
        waiters[i] = fork();
        if (waiters[i] == 0)
            _exit(epoll_wait(set, &event, 1, 5000));
    }
    child = later(0);
    for (int i = 0; i < 2; i++)
        show_end("waiter", waiters[i]);
    show_end("child", child);
    show_read(ends[0], 8);

    /* A handler interrupts, whatever SA_RESTART says. */
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_RESTART}, NULL);
    child = later(SIGUSR1);
    CALL(epoll_wait(set, &event, 1, 5000));
    show_end("child", child);
    child = later(SIGUSR1);
    CALL(epoll_pwait(set, &event, 1, 100, &usr1)); /* which is blocked meanwhile */
    show_end("child", child);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    CALL(epoll_wait(set, &event, 1, 20));
    CALL(epoll_pwait(set, &event, 1, 0, &none)); /* does not wait, and so does not look for signals */
    CALL(epoll_pwait(set, &event, 1, 5000, &none));
    SHOW(blocked(SIGUSR1));
    raise(SIGUSR1);
    CALL(waits2(&(struct timespec){5, 0}, &none));
    SHOW(blocked(SIGUSR1));
    write(ends[1], "x", 1);
    raise(SIGUSR1);
    CALL(epoll_pwait(set, &event, 1, 5000, &none)); /* what is ready comes before signals */
    SHOW(blocked(SIGUSR1));
    show_read(ends[0], 8);
    CALL(epoll_pwait(99, &event, 1, 0, &none));
    SHOW(blocked(SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);

    /* A stop interrupts, too, and the mask is what it was. */
    child = fork();
    if (child == 0) {
        sigset_t tstp;
        sigemptyset(&tstp);
        sigaddset(&tstp, SIGTSTP);
        sigprocmask(SIG_BLOCK, &tstp, NULL);
        signal(SIGTSTP, SIG_DFL);
        CALL(epoll_pwait(set, &event, 1, 5000, &none));
        SHOW(blocked(SIGTSTP));
        _exit(0);
    }
    int status;
    pause_for(30);
    kill(child, SIGSTOP);
    CALL(waitpid(child, &status, WUNTRACED) == child);
    show_status("child", status);
    kill(child, SIGCONT);
    show_end("child", child);
    return 0;
}
