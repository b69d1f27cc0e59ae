/* Arguments and environment arrive as they were given: empty ones, odd ones, many.
   Arguments: first second */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "again")) {
        SHOW(argc);
        for (int i = 0; i < argc && i < 8; i++)
            printf("%d [%s]\n", i, argv[i]);
        for (char **entry = environ; *entry; entry++)
            printf("environment [%s]\n", *entry);
        printf("getenv %s\n", getenv("KEY") ? getenv("KEY") : "none");
        return argc;
    }
    SHOW(argc);
    printf("%s %s %s\n", argv[1], argv[2], getenv("LETTERS"));
    if (fork() == 0)
        execl("./prog", "another name", "again", "", "a b", "\t\"'\\", "\xc3\xa9", (char *)NULL);
    wait(NULL);
    if (fork() == 0) {
        char *arguments[] = {"", "again", NULL}, *variables[] = {"KEY=one=two", "EMPTY=", "no sign", "KEY=second", NULL};
        execve("./prog", arguments, variables);
    }
    wait(NULL);
    if (fork() == 0) {
        char *none[] = {NULL}, *arguments[] = {"prog", "again", NULL};
        execve("./prog", arguments, none);
    }
    wait(NULL);
    setenv("KEY", "set", 1);
    unsetenv("LETTERS");
    unsetenv("HOME");
    char *arguments[] = {"prog", "again", NULL};
    execv("./prog", arguments);
    return 1;
}
