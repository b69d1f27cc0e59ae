/* To whom kill, killpg, tkill and tgkill send, and what they refuse. */
#include "show.h"
#include <limits.h>

static void handler(int number) { (void)number; }

int main(void) {
    CALL(kill(getpid(), 0));
    CALL(kill(getpid(), 65));
    CALL(kill(getpid(), -1));
    CALL(kill(1 << 22, SIGTERM));
    CALL(kill(-(1 << 22), SIGTERM));
    CALL(kill(INT_MIN, SIGTERM));
    CALL(kill(1, SIGTERM));
    signal(SIGUSR1, handler);
    CALL(syscall(SYS_tkill, getpid(), SIGUSR1));
    CALL(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
    CALL(syscall(SYS_tgkill, getpid(), getpid() + 1000, SIGUSR1));
    CALL(syscall(SYS_tgkill, 1 << 22, getpid(), SIGUSR1));
    CALL(syscall(SYS_tkill, 0, SIGUSR1));
    CALL(syscall(SYS_tkill, getpid(), 99));
    CALL(syscall(SYS_tgkill, -1, getpid(), 0));
    pid_t group = 0, children[4];
    int ready[2];
    char byte;
    pipe(ready);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            setpgid(0, i < 3 ? group : 0);
            if (i == 1)
                signal(SIGTERM, SIG_IGN);
            write(ready[1], "x", 1);
            for (;;)
                pause();
        }
        setpgid(children[i], i < 3 ? group : children[i]);
        group = group ? group : children[i];
        read(ready[0], &byte, 1);
    }
    CALL(killpg(group, 0));
    CALL(killpg(group, SIGTERM));
    show_end("first", children[0]);
    show_end("third", children[2]);
    CALL(waitpid(children[1], NULL, WNOHANG));
    CALL(kill(-group, SIGINT));
    show_end("second", children[1]);
    CALL(waitpid(children[3], NULL, WNOHANG));
    CALL(kill(children[3], SIGUSR2));
    show_end("fourth", children[3]);
    CALL(killpg(group, SIGTERM));
    CALL(kill(children[0], SIGTERM));
    pid_t zombie = fork();
    if (zombie == 0)
        _exit(0);
    siginfo_t info;
    waitid(P_PID, zombie, &info, WEXITED | WNOWAIT);
    CALL(kill(zombie, SIGKILL));
    show_end("zombie", zombie);
    return 0;
}
