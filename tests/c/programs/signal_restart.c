/* A call that waits when a handler runs: begun again with SA_RESTART, EINTR otherwise, EINTR always for some. */
#include "show.h"

static int ends[2];
static volatile int rings;

static void handler(int number) {
    (void)number;
    if (++rings == 2)
        write(ends[1], "late", 4);
}

static void alarms(int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(SIGALRM, &action, NULL);
    rings = 0;
    struct itimerval timer = {{0, 20000}, {0, 20000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void quiet(void) {
    struct itimerval timer = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

int main(void) {
    char buffer[10];
    int status;
    pipe(ends);
    for (int i = 0; i < 2; i++) {
        int flags = i ? SA_RESTART : 0;
        printf(i ? "with SA_RESTART\n" : "without\n");
        alarms(flags);
        CALL(read(ends[0], buffer, sizeof buffer));
        SHOW(rings >= 2);
        quiet();
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        read(ends[0], buffer, sizeof buffer);
        fcntl(ends[0], F_SETFL, 0);
        pid_t child = fork();
        if (child == 0) {
            pause_for(100);
            _exit(3);
        }
        alarms(flags);
        int waited = waitpid(child, &status, 0);
        printf("waitpid %s\n", waited == child ? "child" : strerror(errno));
        quiet();
        if (waited != child)
            waitpid(child, &status, 0);
        read(ends[0], buffer, rings > 1 ? sizeof buffer : 0);
        alarms(flags);
        struct timespec time = {5, 0}, left = {0, 0};
        CALL(nanosleep(&time, &left));
        quiet();
        TRUE(left.tv_sec == 4);
        alarms(flags);
        struct pollfd poller = {ends[0], POLLIN, 0};
        CALL(poll(&poller, 1, 3000));
        quiet();
        alarms(flags);
        CALL(pause());
        quiet();
        alarms(flags);
        sigset_t none;
        sigemptyset(&none);
        CALL(sigsuspend(&none));
        quiet();
        alarms(flags);
        fd_set set;
        FD_ZERO(&set);
        FD_SET(ends[0], &set);
        struct timeval limit = {3, 0};
        CALL(select(ends[0] + 1, &set, NULL, NULL, &limit));
        quiet();
    }
    return 0;
}
