/* Everything that execve refuses, and the caller goes on as if nothing had been asked. */
#include "show.h"

static char *arguments[] = {"x", NULL};

static void attempt(const char *path) {
    char shown[40];
    snprintf(shown, sizeof shown, "%s", path);
    printf("[%s] ", shown);
    CALL(execve(path, arguments, environ));
}

int main(void) {
    put_file("text", "just text\n", 0755);
    put_file("plain", "#!/bin/sh\nexit 3\n", 0644);
    put_file("empty", "", 0755);
    put_file("broken", "\177ELF and nothing behind it, or nearly", 0755);
    put_file("nointerpreter", "#!/does/not/exist\n", 0755);
    put_file("nothingnamed", "#!\n", 0755);
    put_file("interpreterdir", "#!/\n", 0755);
    put_file("selfish", "#!./selfish\n", 0755);
    mkdir("folder", 0755);
    mkdir("closed", 0755);
    symlink("nowhere", "dangling");
    symlink("loop", "loop");
    symlink("text", "link");
    link("prog", "closed/prog");
    chmod("closed", 0);
    attempt("missing");
    attempt("");
    attempt("text");
    attempt("link");
    attempt("text/below");
    attempt("plain");
    attempt("empty");
    attempt("broken");
    attempt("nointerpreter");
    attempt("nothingnamed");
    attempt("interpreterdir");
    attempt("selfish");
    attempt("folder");
    attempt("folder/");
    attempt("prog/");
    attempt("closed/prog");
    attempt("dangling");
    attempt("loop");
    char *longest = malloc(5000);
    memset(longest, 'a', 4999);
    longest[4999] = 0;
    attempt(longest);
    longest[256] = 0;
    attempt(longest);
    CALL(syscall(SYS_execve, (void *)8, arguments, environ));
    CALL(syscall(SYS_execve, "./prog", (void *)8, environ));
    CALL(syscall(SYS_execve, "./prog", arguments, (void *)8));
    char *bad[] = {"x", (char *)8, NULL};
    CALL(execve("./prog", bad, environ));
    enum { HUGE_ARGUMENT = 200000 };
    char *big = malloc(HUGE_ARGUMENT);
    memset(big, 'b', HUGE_ARGUMENT - 1);
    big[HUGE_ARGUMENT - 1] = 0;
    char *large[] = {"x", big, NULL};
    CALL(execve("./prog", large, environ));
    CALL(access("prog", X_OK));
    chmod("closed", 0700);
    return 0;
}
