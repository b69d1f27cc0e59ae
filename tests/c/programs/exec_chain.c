/* A process that becomes itself twenty times, and children that do so at the same time.
   Arguments: 20 */
#include "show.h"

int main(int argc, char **argv) {
    int left = atoi(argv[1]);
    if (left == 0)
        return argc == 3 ? 21 : 5;
    if (left == 10 && argc == 2) {
        pid_t child = fork();
        if (child == 0)
            execl("./prog", "prog", "9", "child", (char *)NULL);
        show_end("child", child);
    }
    char next[12];
    sprintf(next, "%d", left - 1);
    execl("./prog", "prog", next, argc == 3 ? argv[2] : NULL, (char *)NULL);
    return 1;
}
