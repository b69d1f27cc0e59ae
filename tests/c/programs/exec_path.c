/* execvp searches PATH, goes on after a refusal, and says EACCES if that was all it met. */
#include "show.h"

static int attempt(const char *path, const char *name) {
    printf("PATH=%s %s\n", path, name);
    pid_t child = fork();
    if (child == 0) {
        setenv("PATH", path, 1);
        execlp(name, name, "arg", (char *)NULL);
        DONE(-1);
        _exit(errno);
    }
    return show_end(name, child);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        printf("here is %s\n", argv[0]);
        return 12;
    }
    mkdir("one", 0755);
    mkdir("two", 0755);
    put_file("one/tool", "not for execution", 0644);
    link("prog", "two/tool");
    put_file("two/script", "exit 4\n", 0755);
    attempt("one:two", "tool");
    attempt("one", "tool");
    attempt("one:three", "missing");
    attempt("two", "./prog");
    attempt(":one", "prog");
    attempt("", "prog");
    attempt("two", "script");
    attempt("prog:two", "tool");
    attempt("one", "");
    return 0;
}
