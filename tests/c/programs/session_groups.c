/* Process groups and sessions: who may move whom, and where. */
#include "show.h"

static int leader(void) {
    TRUE(setsid() == getpid());
    CALL(setsid());
    TRUE(getsid(0) == getpid());
    TRUE(getpgrp() == getpid());
    CALL(setpgid(0, 0));
    CALL(setpgid(getppid(), 0));
    return 0;
}

static int member(void) {
    CALL(setpgid(0, 0));
    TRUE(getpgrp() == getpid());
    CALL(setsid());
    CALL(setpgid(0, getppid()));
    CALL(setpgid(0, 1 << 22));
    CALL(setpgid(0, -1));
    CALL(setpgid(-1, 0));
    CALL(setpgid(1 << 22, 0));
    CALL(getpgid(1 << 22));
    CALL(getsid(1 << 22));
    TRUE(getsid(0) == getsid(getppid()));
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        write(atoi(argv[1]), "r", 1);
        pause();
    }
    pid_t group = getpgrp(), session = getsid(0);
    TRUE(getpgid(0) == group && getpgid(getpid()) == group);
    in_child("leader", leader);
    in_child("member", member);
    int ends[2];
    pipe(ends);
    pid_t child = fork();
    if (child == 0) {
        char number[12];
        sprintf(number, "%d", ends[1]);
        execl("./prog", "prog", number, (char *)NULL);
    }
    char byte;
    read(ends[0], &byte, 1);
    CALL(setpgid(child, child));
    TRUE(getpgid(child) == group && getsid(child) == session);
    kill(child, SIGKILL);
    show_end("child", child);
    child = fork();
    if (child == 0) {
        read(ends[0], &byte, 1);
        _exit(0);
    }
    CALL(setpgid(child, child));
    TRUE(getpgid(child) == child);
    pid_t second = fork();
    if (second == 0) {
        read(ends[0], &byte, 1);
        _exit(0);
    }
    CALL(setpgid(second, child));
    TRUE(getpgid(second) == child);
    write(ends[1], "xx", 2);
    show_end("child", child);
    show_end("second", second);
    return 0;
}
