/* A child whose parent has ended gets another one, who will collect it. */
#include "show.h"

int main(void) {
    int gone[2], told[2];
    pipe(gone);
    pipe(told);
    pid_t child = fork();
    if (child == 0) {
        pid_t parent = getpid(), grandchild = fork();
        if (grandchild == 0) {
            char byte;
            close(gone[1]);
            read(gone[0], &byte, 1);
            while (getppid() == parent)
                sched_yield();
            dprintf(told[1], "%s", getppid() != parent ? "adopted" : "not");
            _exit(0);
        }
        _exit(3);
    }
    close(told[1]);
    show_end("the parent", child);
    close(gone[1]);
    char text[20] = "";
    SHOW(read(told[0], text, sizeof text));
    puts(text);
    SHOW(read(told[0], text, sizeof text));
    CALL(wait(NULL));
    return 0;
}
