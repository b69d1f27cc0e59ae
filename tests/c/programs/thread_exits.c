/* How a process with threads ends: exit from any of them ends all, the end of the first alone does not. */
#include "threads.h"
#include <sys/syscall.h>

static steps gate, *shared;

static void *forever(void *argument) {
    step(&gate);
    for (;;)
        pause();
}

static void *spin(void *argument) {
    step(&gate);
    for (volatile unsigned i = 0;; i++)
        ;
}

static void *call_exit(void *argument) {
    await(&gate, 2);
    exit(11);
}

static void *call_exit_group(void *argument) {
    await(&gate, 2);
    _exit(12);
}

static void *outlive(void *argument) {
    await(shared, 1);
    syscall(SYS_exit, 22);
    return NULL;
}

static void *outlive_group(void *argument) {
    await(shared, 1);
    _exit(23);
}

static int with(void *(*function)(void *)) {
    gate = 0;
    begin(forever, NULL);
    begin(spin, NULL);
    begin(function, NULL);
    for (;;)
        pause();
}

static int exit_in_thread(void) { return with(call_exit); }
static int exit_group_in_thread(void) { return with(call_exit_group); }

static int return_from_main(void) {
    gate = 0;
    begin(forever, NULL);
    begin(spin, NULL);
    await(&gate, 2);
    exit(13);
}

static int all_exit(void) {
    begin(outlive, NULL);
    syscall(SYS_exit, 21); /* the status of the process is that of the last one */
    return 0;
}

static int group_decides(void) {
    begin(outlive_group, NULL);
    syscall(SYS_exit, 21);
    return 0;
}

static void at_exit(void) {
    puts("at exit");
}

static void *exits(void *argument) {
    atexit(at_exit);
    exit(0x101);
}

static int handlers_run_once(void) {
    begin(exits, NULL);
    for (;;)
        pause();
}

static void leader_gone(const char *who, int (*function)(void)) {
    *shared = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(function());
    char name[64], line[256], state = 0;
    snprintf(name, sizeof name, "/proc/%d/stat", child);
    while (state != 'Z') { /* the first thread has ended, the process has not */
        int fd = open(name, O_RDONLY);
        ssize_t count = read(fd, line, sizeof line - 1);
        close(fd);
        line[count > 0 ? count : 0] = 0;
        char *end = strrchr(line, ')');
        state = end ? end[2] : 0;
        sched_yield();
    }
    int status;
    CALL(waitpid(child, &status, WNOHANG));
    CALL(kill(child, 0));
    step(shared);
    show_end(who, child);
}

int main(void) {
    shared = map_shared(4096);
    in_child("exit in a thread", exit_in_thread);
    in_child("_exit in a thread", exit_group_in_thread);
    in_child("exit in the first thread", return_from_main);
    in_child("handlers", handlers_run_once);
    leader_gone("each exits", all_exit);
    leader_gone("the group exits", group_decides);
    gate = 0;
    begin(forever, NULL);
    begin(spin, NULL);
    await(&gate, 2);
    return 14;
}
