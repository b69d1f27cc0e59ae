/* clone: flags that need others, and what each of them alone does to a child with memory of its own. */
#include "clones.h"

static int other_word = 1;

static int nothing(void *argument) {
    return 7;
}

static void refused(const char *what, unsigned long flags) {
    long result = clone_copy(flags);
    if (result == 0)
        _exit(0);
    printf("%s: %s\n", what, result < 0 ? strerror(errno) : "a child");
    if (result > 0)
        waitpid((pid_t)result, NULL, __WALL);
}

static void exits_with(const char *what, int signal, int options) {
    pid_t child = (pid_t)clone_copy((unsigned long)signal);
    if (child == 0)
        _exit(3);
    int status = -1;
    printf("%s: wait ", what);
    if (options != 0)
        printf("%s, ", waitpid(child, &status, 0) < 0 ? strerror(errno) : "done");
    printf("%s\n", waitpid(child, &status, options) < 0 ? strerror(errno) : "done");
    show_status("    child", status);
}

static _Atomic int got;

static void handle(int signal) {
    got = signal;
}

int main(void) {
    puts("refused");
    refused("threads without handlers", CLONE_THREAD);
    refused("threads without handlers, in one memory", CLONE_THREAD | CLONE_VM);
    refused("threads without memory", CLONE_THREAD | CLONE_SIGHAND);
    refused("handlers without memory", CLONE_SIGHAND | SIGCHLD);
    refused("a file system of its own that is shared", CLONE_NEWNS | CLONE_FS | SIGCHLD);
    CALL(start_clone(nothing, THREAD_FLAGS & ~CLONE_SIGHAND, NULL, NULL, NULL, NULL));
    CALL(start_clone(nothing, THREAD_FLAGS & ~CLONE_VM, NULL, NULL, NULL, NULL));
    CALL(start_clone(nothing, (THREAD_FLAGS & ~CLONE_SIGHAND & ~CLONE_VM), NULL, NULL, NULL, NULL));
    CALL(start_clone(nothing, THREAD_FLAGS | CLONE_NEWPID, NULL, NULL, NULL, NULL));

    puts("accepted");
    refused("nothing", SIGCHLD);
    refused("what is long obsolete", SIGCHLD | CLONE_DETACHED);
    refused("directory and umask", SIGCHLD | CLONE_FS);
    refused("descriptors", SIGCHLD | CLONE_FILES);
    refused("semaphore adjustments", SIGCHLD | CLONE_SYSVSEM);
    refused("not traced", SIGCHLD | CLONE_UNTRACED);
    refused("suspended", SIGCHLD | CLONE_VFORK);

    puts("signals at the end");
    exits_with("SIGCHLD", SIGCHLD, 0);
    exits_with("none", 0, __WCLONE);
    signal(SIGUSR1, handle);
    exits_with("SIGUSR1", SIGUSR1, __WCLONE);
    TRUE(got == SIGUSR1);
    exits_with("none, to all", 0, __WALL);
    signal(SIGCHLD, handle);
    got = 0;
    exits_with("SIGCHLD, to all", SIGCHLD, __WALL);
    TRUE(got == SIGCHLD);

    puts("ids");
    int parent_word = 0;
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0L, &parent_word, 0L, 0L);
    if (child == 0)
        _exit(parent_word == 0 ? 1 : 2); /* written in both memories? */
    TRUE(parent_word == child);
    show_end("child", child);
#ifdef __x86_64__
    child = (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0L, 0L, &other_word, 0L);
#else
    child = (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0L, 0L, 0L, &other_word);
#endif
    if (child == 0)
        _exit(other_word == getpid() ? 4 : 5);
    SHOW(other_word);
    show_end("child", child);
    return 0;
}
