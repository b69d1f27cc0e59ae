/* exec in a process with threads: the others end, and the one that executes becomes the first. */
#include "threads.h"

static steps ready;
static int ends[2];

static void *idle(void *argument) {
    step(&ready);
    for (;;)
        pause();
}

static void *spin(void *argument) {
    step(&ready);
    for (volatile unsigned i = 0;; i++)
        ;
}

static void *hold_forever(void *argument) {
    char byte;
    step(&ready);
    read(ends[0], &byte, 1);
    return NULL;
}

static void block(int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Executes this program again: what it was, and what is pending for this thread and for the process, goes along. */
static void execute(const char *how) {
    char pid[20];
    snprintf(pid, sizeof pid, "%d", getpid());
    raise(SIGUSR1);
    kill(getpid(), SIGUSR2);
    execl("./prog", "prog", pid, how, NULL);
    puts("not executed");
    _exit(9);
}

static void *execute_in_thread(void *argument) {
    execute("by a thread");
    return NULL;
}

static void crowd(void) {
    pipe2(ends, O_CLOEXEC);
    block(SIGUSR1);
    block(SIGUSR2);
    block(SIGHUP);
    begin(idle, NULL);
    begin(spin, NULL);
    begin(hold_forever, NULL);
    await(&ready, 3);
}

static int by_first(void) {
    crowd();
    execute("by the first");
    return 9;
}

static int by_thread(void) {
    crowd();
    pthread_kill(pthread_self(), SIGHUP); /* pending for the first, which ends */
    begin(execute_in_thread, NULL);
    for (;;)
        pause();
}

static int after_first_ended(void) {
    crowd();
    begin(execute_in_thread, NULL);
    syscall(SYS_exit, 3);
    return 9;
}

static void *execute_nothing(void *argument) {
    CALL(execl("./nothing", "nothing", NULL));
    CALL(execl("./file", "file", NULL));
    return NULL;
}

static int fails(void) {
    crowd();
    put_file("file", "neither a program nor a script", 0755);
    pid_t before = gettid();
    CALL(execl("./nothing", "nothing", NULL));
    join(begin(execute_nothing, NULL));
    TRUE(gettid() == before);
    ready = 0;
    begin(idle, NULL); /* all is as it was */
    await(&ready, 1);
    unlink("file");
    return 6;
}

static int executed(char **argv) {
    sigset_t set;
    printf("%s: ", argv[2]);
    printf("process %s, ", getpid() == atoi(argv[1]) ? "kept" : "changed");
    printf("thread %s, ", gettid() == getpid() ? "the first" : "another");
    sigpending(&set);
    printf("pending %d %d %d\n", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2), sigismember(&set, SIGHUP));
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks));)
        if (entry->d_name[0] != '.') {
            count++;
            TRUE(atoi(entry->d_name) == getpid());
        }
    SHOW(count);
    ready = 0;
    begin(idle, NULL);
    await(&ready, 1);
    return 7;
}

int main(int argc, char **argv) {
    if (argc == 3)
        return executed(argv);
    in_child("first", by_first);
    in_child("thread", by_thread);
    in_child("the first had ended", after_first_ended);
    in_child("failed", fails);
    return 0;
}
