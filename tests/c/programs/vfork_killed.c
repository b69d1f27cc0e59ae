/* A vfork child that is killed, or faults, lets its parent go on. */
#include "show.h"

static volatile int reached;

int main(void) {
    int signals[] = {SIGKILL, SIGTERM, SIGABRT, SIGSEGV};
    for (int i = 0; i < 4; i++) {
        pid_t child = vfork();
        if (child == 0) {
            reached++;
            if (signals[i] == SIGSEGV)
                *(volatile int *)4 = 1;
            kill(getpid(), signals[i]);
            _exit(1);
        }
        show_end("child", child);
    }
    SHOW(reached);
    return 0;
}
