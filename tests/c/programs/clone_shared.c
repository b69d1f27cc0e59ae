/* clone: descriptors, directory, umask, handlers and memory, each shared by two processes. */
#include "clones.h"

static _Atomic int got, word, own, process, first_word;

static void handle(int signal) {
    got = signal;
}

static int change_handler(void *argument) {
    struct sigaction action = {.sa_handler = handle};
    return sigaction(SIGUSR1, &action, NULL) ? 1 : 0;
}

static int change_memory(void *argument) {
    word = 9;
    process = (int)syscall(SYS_getpid);
    own = (int)syscall(SYS_gettid);
    return 4;
}

static int wait_for_word(void *argument) {
    while (!first_word)
        syscall(SYS_sched_yield);
    word = first_word + 1;
    return 0;
}

static void run(const char *what, unsigned long flags, void (*change)(void)) {
    pid_t child = (pid_t)clone_copy(flags | SIGCHLD);
    if (child == 0) {
        change();
        _exit(0);
    }
    show_end(what, child);
}

static void move_descriptors(void) {
    dup2(1, 77);
    close(0);
    fcntl(1, F_SETFD, FD_CLOEXEC);
}

static void show_descriptors(void) {
    CALL(fcntl(77, F_GETFD));
    CALL(fcntl(0, F_GETFD));
    CALL(fcntl(1, F_GETFD));
    fcntl(1, F_SETFD, 0);
    close(77);
    dup2(1, 0);
}

static void move(void) {
    chdir("below");
    umask(0123);
}

static void show_place(void) {
    char path[4096];
    getcwd(path, sizeof path);
    puts(strrchr(path, '/'));
    mode_t mask = umask(022);
    printf("umask %03o\n", (unsigned)mask);
    if (strcmp(strrchr(path, '/'), "/below") == 0)
        chdir("..");
}

static void share_parent(void) {
    pid_t parent = getppid(), child = (pid_t)clone_copy(CLONE_PARENT | SIGCHLD);
    if (child == 0)
        _exit(getppid() == parent ? 8 : 9);
    CALL(waitpid(child, NULL, 0)); /* it is a brother */
}

int main(void) {
    mkdir("below", 0700);
    puts("descriptors");
    run("of its own", 0, move_descriptors);
    show_descriptors();
    run("shared", CLONE_FILES, move_descriptors);
    show_descriptors();
    puts("directory and umask");
    run("of its own", 0, move);
    CALL(umask(022));
    run("shared", CLONE_FS, move);
    show_place();
    rmdir("below");

    puts("handlers");
    signal(SIGUSR1, SIG_IGN);
    pid_t child = start_clone(change_handler, CLONE_VM | SIGCHLD, NULL, NULL, NULL, NULL);
    show_end("of its own", child);
    raise(SIGUSR1);
    SHOW(got);
    child = start_clone(change_handler, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL, NULL, NULL, NULL);
    show_end("shared", child);
    raise(SIGUSR1);
    TRUE(got == SIGUSR1);

    puts("memory");
    int cleared = 1;
    child = start_clone(change_memory, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL, &cleared);
    await_clear(&cleared);
    show_end("child", child);
    SHOW(word);
    TRUE(process == child && own == child);
    child = start_clone(wait_for_word, CLONE_VM, NULL, NULL, NULL, NULL);
    first_word = 20;
    int status = -1;
    CALL(waitpid(child, &status, 0));
    TRUE(waitpid(child, &status, __WCLONE) == child);
    show_status("without a signal", status);
    SHOW(word);
    first_word = 0;
    child = start_clone(change_memory, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
    TRUE(process == child);
    show_end("suspending", child);

    puts("parent");
    run("child", 0, share_parent);
    CALL(waitpid(-1, &status, 0) > 0);
    show_status("brother", status);
    return 0;
}
