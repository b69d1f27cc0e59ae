/* A vfork child may itself call vfork: three processes in one memory. */
#include "show.h"

static volatile int steps;

int main(void) {
    volatile int inner = 0;
    pid_t child = vfork();
    if (child == 0) {
        steps = steps * 10 + 1;
        pid_t grandchild = vfork();
        if (grandchild == 0) {
            steps = steps * 10 + 2;
            _exit(2);
        }
        steps = steps * 10 + 3;
        int status;
        waitpid(grandchild, &status, 0);
        inner = WEXITSTATUS(status);
        _exit(1);
    }
    steps = steps * 10 + 4;
    show_end("child", child);
    SHOW(steps);
    SHOW(inner);
    for (int i = 0; i < 20; i++) {
        child = vfork();
        if (child == 0) {
            steps++;
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    SHOW(steps);
    return 0;
}
