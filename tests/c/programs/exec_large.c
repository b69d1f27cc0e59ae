/* A hundred thousand bytes of arguments and environment arrive whole. */
#include "show.h"

enum { COUNT = 500 };

static unsigned sum(char **strings) {
    unsigned total = 0;
    for (; *strings; strings++)
        for (char *at = *strings; *at; at++)
            total = total * 33 + *at;
    return total;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        SHOW(argc);
        SHOW(sum(argv));
        SHOW(sum(environ));
        return 0;
    }
    static char text[COUNT][100];
    static char *arguments[COUNT + 1], *variables[COUNT + 1];
    for (int i = 0; i < COUNT; i++) {
        memset(text[i], 'a' + i % 26, 60 + i % 39);
        arguments[i] = text[i];
        variables[i] = text[COUNT - 1 - i];
    }
    SHOW(sum(arguments));
    SHOW(sum(variables));
    execve("./prog", arguments, variables);
    return 1;
}
