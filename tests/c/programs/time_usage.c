/* getrusage and times: work counts, waiting does not, children count once they are awaited. */
#include "show.h"
#include <sys/times.h>

static long long used(int who) {
    struct rusage usage;
    if (getrusage(who, &usage))
        return -1;
    return usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000LL +
           usage.ru_stime.tv_usec;
}

static void work(void) {
    long long begin = used(RUSAGE_SELF);
    while (used(RUSAGE_SELF) - begin < 60000)
        for (volatile int i = 0; i < 100000; i++)
            ;
}

int main(void) {
    long long before = used(RUSAGE_SELF);
    TRUE(before >= 0);
    work();
    TRUE(used(RUSAGE_SELF) - before >= 60000);
    SHOW(used(RUSAGE_CHILDREN));
    pid_t child = fork();
    if (child == 0) {
        TRUE(used(RUSAGE_SELF) < 50000);
        work();
        _exit(0);
    }
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    SHOW(used(RUSAGE_CHILDREN));
    struct rusage usage;
    TRUE(wait4(child, NULL, 0, &usage) == child);
    TRUE(usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec >= 50000);
    TRUE(used(RUSAGE_CHILDREN) >= 50000);
    struct tms buffer;
    times(&buffer);
    TRUE(buffer.tms_utime + buffer.tms_stime >= 4);
    TRUE(buffer.tms_cutime + buffer.tms_cstime >= 4);
    CALL(getrusage(77, &usage));
    CALL(syscall(SYS_getrusage, RUSAGE_SELF, (void *)8));
    return 0;
}
