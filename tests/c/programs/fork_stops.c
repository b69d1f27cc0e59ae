/* Stop and continue, as the parent sees them. */
#include "show.h"

int main(void) {
    int status, go[2];
    char byte;
    pipe(go);
    int signals[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            raise(signals[i]);
            read(go[0], &byte, 1);
            raise(SIGSTOP);
            _exit(i);
        }
        waitpid(child, &status, WUNTRACED);
        show_status("child", status);
        CALL(waitpid(child, &status, WUNTRACED | WCONTINUED | WNOHANG));
        kill(child, SIGCONT);
        waitpid(child, &status, WCONTINUED);
        show_status("child", status);
        write(go[1], "x", 1);
        waitpid(child, &status, WUNTRACED);
        show_status("child", status);
        if (i % 2)
            kill(child, SIGKILL);
        else
            kill(child, SIGCONT);
        show_end("child", child);
    }
    return 0;
}
