/* setuid and its relatives in a thread: the C library makes them in every thread, the kernel in one.
   User: root */
#include "threads.h"
#include <grp.h>

enum { THREADS = 3 };

static steps turn, done;
static _Atomic int users[THREADS], groups[THREADS], lists[THREADS], effective[THREADS];

static void *tell(void *argument) {
    long own = (long)argument;
    for (int i = 1;; i++) {
        await(&turn, i);
        users[own] = (int)getuid();
        effective[own] = (int)geteuid();
        groups[own] = (int)getegid();
        lists[own] = getgroups(0, NULL);
        step(&done);
        if (users[own] == 1234)
            return NULL;
    }
}

static void *change(void *argument) {
    switch ((long)argument) {
    case 0: CALL(setgroups(2, (gid_t[]){5, 6})); break;
    case 1: CALL(setegid(77)); break;
    case 2: CALL(seteuid(99)); break;
    case 3: CALL(seteuid(0)); break;
    case 4: CALL(syscall(SYS_setresuid, -1, 55, -1)); SHOW(geteuid()); break;
    case 5: CALL(syscall(SYS_setgid, 66)); SHOW(getgid()); break;
    case 6: CALL(setuid(1234)); CALL(setuid(0)); break;
    }
    return NULL;
}

int main(void) {
    static const char *const WHAT[] = {
        "setgroups", "setegid", "seteuid", "back", "the call itself", "the call itself, for groups", "setuid",
    };
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        threads[i] = begin(tell, (void *)i);
    setgroups(0, NULL);
    for (long i = 0; i < 7; i++) {
        puts(WHAT[i]);
        join(begin(change, (void *)i));
        step(&turn);
        await(&done, ((int)i + 1) * THREADS);
        for (int k = 0; k < THREADS; k++)
            printf("  uid %d, euid %d, egid %d, %d groups\n", users[k], effective[k], groups[k], lists[k]);
        printf("  here: uid %d, euid %d, egid %d, %d groups\n", (int)getuid(), (int)geteuid(), (int)getegid(),
               getgroups(0, NULL));
    }
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CALL(setuid(0));
    CALL(setgid(0));
    return 0;
}
