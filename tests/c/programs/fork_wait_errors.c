/* What wait, waitpid and waitid refuse. */
#include "show.h"

int main(void) {
    int status;
    siginfo_t info;
    CALL(wait(&status));
    CALL(waitpid(-1, &status, WNOHANG));
    CALL(waitpid(1 << 22, &status, 0));
    CALL(waitpid(-(1 << 22), &status, 0));
    CALL(waitpid(0, &status, 1 << 20));
    CALL(waitid(P_ALL, 0, &info, WEXITED));
    CALL(waitid(77, 0, &info, WEXITED));
    CALL(waitid(P_PID, 0, &info, WEXITED));
    CALL(waitid(P_ALL, 0, &info, 0));
    CALL(waitid(P_ALL, 0, &info, WNOHANG));
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    CALL(waitpid(child, &status, WNOHANG));
    memset(&info, 0x55, sizeof info);
    CALL(waitid(P_PID, child, &info, WEXITED | WNOHANG));
    SHOW(info.si_pid);
    SHOW(info.si_signo);
    CALL(waitpid(child + 1000, &status, 0));
    CALL(waitpid(-child, &status, 0));
    CALL(kill(child, SIGKILL));
    TRUE(wait(NULL) == child);
    CALL(waitpid(child, &status, 0));
    CALL(kill(child, 0));
    return 0;
}
