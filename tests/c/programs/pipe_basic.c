/* A pipe: bytes in order, short reads, the end once every writer is gone. */
#include "show.h"

int main(void) {
    int ends[2];
    CALL(pipe(ends));
    SHOW(ends[0]);
    SHOW(ends[1]);
    CALL(write(ends[1], "abcdefgh", 8));
    show_read(ends[0], 3);
    show_read(ends[0], 0);
    CALL(write(ends[1], "ij", 2));
    show_read(ends[0], 100);
    CALL(write(ends[1], "", 0));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        write(ends[1], "from the child", 14);
        _exit(0);
    }
    show_end("child", child);
    int other = dup(ends[1]);
    close(ends[1]);
    show_read(ends[0], 100);
    close(other);
    show_read(ends[0], 100);
    show_read(ends[0], 100);
    return 0;
}
