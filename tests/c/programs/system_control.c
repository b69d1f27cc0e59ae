/* prctl, sysinfo, getcpu, sched_getaffinity, sched_yield, getrandom, and calls that do not exist. */
#include "show.h"
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sysinfo.h>

int main(void) {
    char name[17] = "";
    CALL(prctl(PR_GET_NAME, name));
    puts(name);
    CALL(prctl(PR_SET_NAME, "a name that is too long"));
    CALL(prctl(PR_GET_NAME, name));
    puts(name);
    int number;
    CALL(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    CALL(prctl(PR_GET_PDEATHSIG, &number));
    SHOW(number);
    CALL(prctl(PR_SET_PDEATHSIG, 99));
    CALL(prctl(PR_GET_DUMPABLE));
    CALL(prctl(123456));
    struct sysinfo info;
    CALL(sysinfo(&info));
    TRUE(info.totalram > 0 && info.freeram <= info.totalram && info.procs > 0 && info.uptime >= 0);
    unsigned cpu = 99999, node;
    CALL(syscall(SYS_getcpu, &cpu, &node, NULL));
    TRUE(cpu < 4096);
    cpu_set_t set;
    CALL(sched_getaffinity(0, sizeof set, &set));
    TRUE(CPU_COUNT(&set) >= 1);
    TRUE(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    CALL(syscall(SYS_sched_getaffinity, 0, 1, &set));
    CALL(syscall(SYS_sched_getaffinity, 1 << 22, sizeof set, &set));
    CPU_ZERO(&set);
    CALL(sched_setaffinity(0, sizeof set, &set));
    CPU_SET(0, &set);
    DONE(sched_setaffinity(0, sizeof set, &set));
    CALL(sched_yield());
    struct {
        void *next;
        long offset;
        void *pending;
    } robust = {&robust, 0, NULL};
    CALL(syscall(SYS_set_robust_list, &robust, sizeof robust));
    CALL(syscall(SYS_set_robust_list, &robust, 1));
    unsigned char bytes[64] = {0}, other[64] = {0};
    CALL(getrandom(bytes, 64, 0));
    CALL(getrandom(other, 64, GRND_NONBLOCK));
    TRUE(memcmp(bytes, other, 64) != 0);
    CALL(getrandom(bytes, 0, 0));
    CALL(getrandom(bytes, 1, 0x80));
    CALL(syscall(SYS_getrandom, (void *)8, 8, 0));
    CALL(getentropy(bytes, 64));
    CALL(getentropy(bytes, 300));
    CALL(syscall(5000));
    CALL(syscall(-1));
    SHOW(sysconf(_SC_PAGESIZE));
    return 0;
}
