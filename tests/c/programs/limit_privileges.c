/* What a process says of itself and its privileges: cores, new privileges, capabilities, and what other ids undo.
   User: root */
#include "show.h"
#include <sys/prctl.h>

static int aborts(void) { abort(); }

static int is_not_dumped(void) {
    prctl(PR_SET_DUMPABLE, 0);
    abort();
}

static int keeps(void) {
    SHOW(prctl(PR_GET_DUMPABLE));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    execl("./prog", "./prog", "again", NULL);
    return 1;
}

static int becomes_another(void) {
    int signal = 7;
    CALL(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    CALL(setuid(0));
    CALL(prctl(PR_GET_PDEATHSIG, &signal));
    SHOW(signal);
    SHOW(prctl(PR_GET_DUMPABLE));
    CALL(setgid(4711));
    CALL(prctl(PR_GET_PDEATHSIG, &signal));
    SHOW(signal);
    TRUE(prctl(PR_GET_DUMPABLE) == 1);
    CALL(prctl(PR_SET_DUMPABLE, 1));
    CALL(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    CALL(setresuid(-1, 4711, -1));
    CALL(prctl(PR_GET_PDEATHSIG, &signal));
    SHOW(signal);
    TRUE(prctl(PR_GET_DUMPABLE) == 1);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        SHOW(prctl(PR_GET_DUMPABLE));
        SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
        return 6;
    }
    SHOW(prctl(PR_GET_DUMPABLE));
    CALL(prctl(PR_SET_DUMPABLE, 2));
    CALL(prctl(PR_SET_DUMPABLE, 77));
    in_child("aborts", aborts);
    in_child("is not dumped", is_not_dumped);
    SHOW(prctl(PR_GET_DUMPABLE));

    CALL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CALL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 1));
    CALL(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 1, 0));
    CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CALL(prctl(PR_SET_DUMPABLE, 0));
    in_child("keeps", keeps);
    CALL(prctl(PR_SET_DUMPABLE, 1));

    CALL(prctl(PR_CAPBSET_READ, 0));
    CALL(prctl(PR_CAPBSET_READ, 21));
    CALL(prctl(PR_CAPBSET_READ, 40));
    CALL(prctl(PR_CAPBSET_READ, 4711));
    in_child("becomes another", becomes_another);
    CALL(prctl(4711, 0, 0, 0, 0));
    return 0;
}
