// User and group ids, limits, and what a process may know and say of itself. Run by root it changes ids as root can.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

static void ids(const char *what, int result) {
    uid_t r, e, s;
    gid_t g, h, i;
    const char *error = result < 0 ? strerror(errno) : "worked";
    getresuid(&r, &e, &s), getresgid(&g, &h, &i);
    printf("%s: %s; %d %d %d, %d %d %d\n", what, error, r, e, s, g, h, i);
}

static int raw(int number, long a, long b, long c) { return syscall(number, a, b, c); }

static void as_user(void) {
    ids("groups", setgroups(2, (gid_t[]){30, 20}));
    gid_t list[8];
    printf("%d groups\n", getgroups(8, list));
    printf("%d %d, too small %d\n", list[0], list[1], getgroups(1, list));
    ids("setresgid", setresgid(1, 2, 3));
    ids("setresuid", setresuid(1000, 2000, 3000));
    printf("%d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
    ids("setuid saved", raw(SYS_setuid, 3000, 0, 0));
    ids("setuid other", raw(SYS_setuid, 2000, 0, 0));
    ids("setuid real", raw(SYS_setuid, 1000, 0, 0));
    ids("setreuid swap", raw(SYS_setreuid, 1000, 3000, 0));
    ids("setreuid swap", raw(SYS_setreuid, 3000, 1000, 0));
    ids("setreuid none", raw(SYS_setreuid, -1, -1, 0));
    ids("setreuid root", raw(SYS_setreuid, 0, -1, 0));
    ids("setgid saved", raw(SYS_setgid, 3, 0, 0));
    ids("setgid root", raw(SYS_setgid, 0, 0, 0));
    ids("setregid", raw(SYS_setregid, 3, 1, 0));
    ids("setresgid", raw(SYS_setresgid, -1, 3, -1));
    ids("setresgid root", raw(SYS_setresgid, -1, 0, -1));
    ids("setuid nobody", raw(SYS_setuid, -1, 0, 0));
    ids("setgroups", setgroups(0, 0));
    printf("kill the parent: %d %d\n", kill(getppid(), 0), errno == EPERM);
    printf("continue it: %d\n", kill(getppid(), SIGCONT));
    int status, pid = fork();
    if (!pid) {
        ids("in a child", 0);
        _exit(0);
    }
    wait(&status);
    pid = fork();
    if (!pid) for (;;) pause();
    printf("kill the child: %d\n", kill(pid, SIGKILL));
    wait(&status);
}

int main(int argc, char **argv) {
    setvbuf(stdout, 0, _IONBF, 0);
    int status;
    printf("root %d\n", getuid() == 0 && geteuid() == 0);
    if (!fork()) {
        if (getuid() == 0) as_user();
        _exit(0);
    }
    wait(&status);
    printf("exit %d\n", WEXITSTATUS(status));

    struct rlimit limit, other;
    printf("rlimit %d %d\n", getrlimit(99, &limit), errno == EINVAL);
    getrlimit(RLIMIT_NOFILE, &limit);
    other = limit, other.rlim_cur = 8;
    printf("fewer files %d\n", setrlimit(RLIMIT_NOFILE, &other));
    int fd, last = 0;
    while ((fd = dup(0)) >= 0) last = fd;
    printf("last %d, %d\n", last, errno == EMFILE);
    for (fd = 3; fd <= last; fd++) close(fd);
    setrlimit(RLIMIT_NOFILE, &limit);
    other = (struct rlimit){.rlim_cur = 10, .rlim_max = 5};
    printf("soft above hard %d %d\n", setrlimit(RLIMIT_CORE, &other), errno == EINVAL);
    other = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    printf("data %d\n", setrlimit(RLIMIT_FSIZE, &other));
    if (!fork()) {
        getrlimit(RLIMIT_FSIZE, &limit);
        printf("inherited %ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
        _exit(0);
    }
    wait(&status);

    char name[17] = {0};
    printf("name %d\n", prctl(PR_SET_NAME, "a long name of a process"));
    prctl(PR_GET_NAME, name);
    printf("%s\n", name);
    printf("bad pointer %d %d\n", prctl(PR_SET_NAME, 8), errno == EFAULT);
    printf("bad option %d %d\n", prctl(12345, 0, 0, 0, 0), errno == EINVAL);
    printf("bad signal %d %d\n", prctl(PR_SET_PDEATHSIG, 65), errno == EINVAL);

    unsigned char bytes[300] = {0};
    int zeros = 0;
    printf("random %d\n", (int)getrandom(bytes, 256, 0));
    for (int i = 0; i < 256; i++) zeros += !bytes[i];
    printf("varied %d, behind them %d\n", zeros < 20, bytes[256]);
    printf("flags %d %d\n", (int)getrandom(bytes, 1, 8), errno == EINVAL);
    printf("both %d %d\n", (int)getrandom(bytes, 1, 6), errno == EINVAL);
    printf("pointer %d %d\n", (int)getrandom((void *)8, 10, 0), errno == EFAULT);

    cpu_set_t set;
    printf("affinity %d, %d\n", sched_getaffinity(0, sizeof set, &set), CPU_COUNT(&set) > 0);
    printf("of nobody %d %d\n", sched_getaffinity(999999999, sizeof set, &set), errno == ESRCH);
    printf("size %d %d\n", raw(SYS_sched_getaffinity, 0, 3, (long)&set), errno == EINVAL);
    unsigned cpu = 77, node = 77;
    printf("getcpu %d, %d %d\n", raw(SYS_getcpu, (long)&cpu, (long)&node, 0), cpu < 64, node);
    printf("yield %d\n", sched_yield());
    struct sysinfo info;
    printf("sysinfo %d, %d\n", sysinfo(&info), info.totalram > info.freeram && info.mem_unit > 0 && info.procs > 0);
    printf("tid %d\n", gettid() == getpid() && raw(SYS_set_tid_address, 0, 0, 0) == getpid());
    printf("robust %d %d\n", raw(SYS_set_robust_list, (long)bytes, 5, 0), errno == EINVAL);
    return 0;
}
