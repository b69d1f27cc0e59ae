/* What every signal does by default. */
#include "show.h"

int main(void) {
    for (int number = 1; number < 32; number++) {
        if (number == SIGTTIN || number == SIGTTOU || number == SIGTSTP || number == SIGSTOP)
            continue;
        pid_t child = fork();
        if (child == 0) {
            raise(number);
            _exit(0);
        }
        char name[20];
        sprintf(name, "%d", number);
        show_end(name, child);
    }
    int more[] = {33, 34, 40, 64};
    for (int i = 1; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            kill(getpid(), more[i]);
            _exit(0);
        }
        show_end("real-time", child);
    }
    return 0;
}
