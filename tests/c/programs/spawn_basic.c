/* posix_spawn and posix_spawnp: statuses, arguments, and errors that are returned. */
#include "show.h"

static void spawn(const char *path, const char *word, int search) {
    pid_t child = -1;
    char *arguments[] = {"prog", (char *)word, NULL};
    int error = (search ? posix_spawnp : posix_spawn)(&child, path, NULL, NULL, arguments, environ);
    if (!error)
        show_end(word, child);
    printf("%s: %s\n", path, error ? strerror(error) : "spawned");
}

int main(int argc, char **argv) {
    if (argc > 1) {
        printf("I am %s\n", argv[1]);
        if (!strcmp(argv[1], "abort"))
            abort();
        return strlen(argv[1]);
    }
    put_file("text", "no program", 0644);
    spawn("./prog", "one", 0);
    spawn("./prog", "three", 0);
    spawn("./prog", "abort", 0);
    spawn("./missing", "x", 0);
    spawn("./text", "x", 0);
    spawn("prog", "x", 1);
    setenv("PATH", ".", 1);
    spawn("prog", "found", 1);
    spawn("", "x", 1);
    return 0;
}
