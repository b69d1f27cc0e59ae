/* popen both ways, two at a time, and pclose. */
#include "show.h"

int main(int argc, char **argv) {
    char line[100];
    if (argc > 1 && !strcmp(argv[1], "lines")) {
        printf("first\nsecond\n");
        return 4;
    }
    if (argc > 1) {
        FILE *file = fopen(argv[1], "w");
        while (fgets(line, sizeof line, stdin))
            fprintf(file, "<%s>", line);
        SHOW(fcntl(3, F_GETFD) >= 0);
        return fclose(file);
    }
    FILE *from = popen("./prog lines", "r");
    while (fgets(line, sizeof line, from))
        printf("got %s", line);
    show_status("pclose", pclose(from));
    FILE *to = popen("./prog output", "w");
    fprintf(to, "through %s\n", "popen");
    show_status("pclose", pclose(to));
    show_file("output");
    FILE *one = popen("./prog one", "w"), *two = popen("./prog two", "we");
    fputs("to one", one);
    fputs("to two", two);
    show_status("pclose", pclose(one));
    show_status("pclose", pclose(two));
    show_file("one");
    show_file("two");
    TRUE(popen("x", "z") == NULL);
    FILE *early = popen("exit 0", "r");
    TRUE(fgets(line, sizeof line, early) == NULL);
    show_status("pclose", pclose(early));
    return 0;
}
