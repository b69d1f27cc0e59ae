/* The first line of a script names its interpreter, with at most one argument. */
#include "show.h"

static void run(const char *path) {
    pid_t child = fork();
    if (child == 0) {
        execl(path, "zero", "a", "b c", (char *)NULL);
        DONE(-1);
        _exit(99);
    }
    show_end(path, child);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        for (int i = 0; i < argc; i++)
            printf("%d [%s]\n", i, argv[i]);
        return argc;
    }
    put_file("simple", "#!./prog\n", 0755);
    put_file("option", "#!./prog -x and more  \nanything", 0755);
    put_file("spaces", "#!  \t ./prog\t -y\t \n", 0755);
    put_file("unended", "#!./prog -z", 0755);
    put_file("nested", "#!./option inner\n", 0755);
    put_file("shell", "#!/bin/sh\nexit 7\n", 0755);
    run("./simple");
    run("./option");
    run("./spaces");
    run("./unended");
    run("./nested");
    run("./shell");
    char text[400] = "#!./prog ";
    memset(text + 9, 'q', 300);
    put_file("long", text, 0755);
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {NULL};
        execve("./simple", arguments, arguments);
        _exit(98);
    }
    show_end("without arguments", child);
    return 0;
}
