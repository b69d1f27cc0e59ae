/* A pipeline of four processes, each with the pipes of its neighbours on 0 and 1. */
#include "show.h"

static void stage(int number) {
    char byte;
    while (read(0, &byte, 1) == 1) {
        byte = number == 1 ? byte + 1 : number == 2 ? (byte == 'E' ? 'e' : byte) : byte;
        write(1, &byte, 1);
    }
    _exit(number);
}

int main(void) {
    int from = 0, children[4];
    for (int i = 0; i < 4; i++) {
        int ends[2];
        pipe(ends);
        children[i] = fork();
        if (children[i] == 0) {
            dup2(ends[1], 1);
            close(ends[0]);
            close(ends[1]);
            if (i == 0) {
                write(1, "ABCDEFGH\n", 8);
                _exit(0);
            }
            dup2(from, 0);
            close(from);
            stage(i);
        }
        if (from)
            close(from);
        close(ends[1]);
        from = ends[0];
    }
    show_read(from, 1);
    char rest[20] = "";
    int count = 0;
    for (ssize_t got; (got = read(from, rest + count, 5)) > 0; count += got)
        ;
    puts(rest);
    for (int i = 0; i < 4; i++)
        show_end("stage", children[i]);
    return 0;
}
