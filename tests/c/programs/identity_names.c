/* uname, process and thread ids, set_tid_address. */
#include "show.h"
#include <sys/utsname.h>

int main(void) {
    struct utsname names;
    CALL(uname(&names));
    puts(names.sysname);
    TRUE(strlen(names.nodename) < 65 && strlen(names.release) > 2 && strlen(names.machine) > 2);
    CALL(syscall(SYS_uname, (void *)8));
    char host[70];
    CALL(gethostname(host, sizeof host));
    TRUE(!strcmp(host, names.nodename));
    int word;
    TRUE(syscall(SYS_gettid) == getpid());
    TRUE(syscall(SYS_set_tid_address, &word) == getpid());
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        TRUE(syscall(SYS_gettid) == getpid());
        TRUE(getppid() == parent);
        TRUE(getpid() > parent);
        _exit(0);
    }
    show_end("child", child);
    return 0;
}
