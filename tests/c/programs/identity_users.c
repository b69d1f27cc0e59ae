/* Somebody without privileges: which of the many ways to change one's ids are open. */
#include "show.h"
#include <grp.h>
#include <sys/fsuid.h>

int main(void) {
    uid_t real, effective, saved, me = getuid();
    gid_t group = getgid();
    TRUE(me == geteuid());
    TRUE(group == getegid());
    CALL(getresuid(&real, &effective, &saved));
    TRUE(real == me && effective == me && saved == me);
    CALL(getresgid(&real, &effective, &saved));
    TRUE(real == group && effective == group && saved == group);
    CALL(setuid(me));
    CALL(setuid(me + 1));
    CALL(setuid(0));
    CALL(setgid(group));
    CALL(setgid(0));
    CALL(setreuid(me, me));
    CALL(setreuid(-1, -1));
    CALL(setreuid(-1, me + 1));
    CALL(setregid(-1, group));
    CALL(setregid(0, -1));
    CALL(setresuid(-1, me, -1));
    CALL(setresuid(me, me, me + 1));
    CALL(setresgid(-1, -1, group));
    CALL(setresgid(0, 0, 0));
    CALL(seteuid(0));
    CALL(setegid(0));
    gid_t groups[2] = {group, 0};
    CALL(setgroups(1, groups));
    CALL(setgroups(0, NULL));
    CALL(getgroups(-1, groups));
    TRUE(getgroups(0, NULL) >= 0);
    TRUE(setfsuid(-1) == (int)me);
    TRUE(setfsgid(-1) == (int)group);
    CALL(syscall(SYS_getresuid, (void *)8, (void *)8, (void *)8));
    pid_t child = fork();
    if (child == 0)
        _exit(getuid() == me && geteuid() == me && getgid() == group ? 1 : 2);
    show_end("child", child);
    return 0;
}
