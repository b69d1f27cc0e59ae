/* waitid tells who and how in a siginfo, and WNOWAIT leaves the child as it is. */
#include "show.h"

static void show_info(pid_t child, int kind, int options) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(kind, kind == P_ALL ? 0 : child, &info, options)) {
        printf("waitid: %s\n", strerror(errno));
        return;
    }
    printf("signo %d errno %d code %d same pid %d same uid %d status %d\n", info.si_signo, info.si_errno, info.si_code,
           info.si_pid == child, info.si_uid == getuid(), info.si_status);
}

int main(void) {
    pid_t child = fork();
    if (child == 0)
        _exit(33);
    show_info(child, P_ALL, WEXITED | WNOWAIT);
    show_info(child, P_PID, WEXITED | WNOWAIT);
    show_info(child, P_PID, WEXITED);
    show_info(child, P_PID, WEXITED);
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        raise(SIGTERM);
    }
    show_info(child, P_PID, WSTOPPED | WNOWAIT);
    show_info(child, P_PID, WSTOPPED);
    show_info(child, P_PID, WSTOPPED | WNOHANG);
    kill(child, SIGCONT);
    show_info(child, P_PID, WEXITED);
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        _exit(0);
    }
    setpgid(child, child);
    show_info(child, P_PGID, WEXITED);
    return 0;
}
