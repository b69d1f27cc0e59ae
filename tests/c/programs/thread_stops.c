/* A process that is stopped stops with all its threads, and goes on with all of them. */
#include "threads.h"

enum { THREADS = 3 };

static struct {
    _Atomic unsigned counts[THREADS];
    _Atomic int tids[THREADS], continued;
    steps ready;
} *shared;

static void *count(void *argument) {
    long own = (long)argument;
    shared->tids[own] = gettid();
    for (;;) {
        if (shared->counts[own]++ == 0)
            step(&shared->ready);
        sched_yield();
    }
}

static void note(int signal) {
    shared->continued++;
}

static int run(void) {
    signal(SIGCONT, note);
    for (long i = 0; i < THREADS - 1; i++)
        begin(count, (void *)i);
    count((void *)(THREADS - 1));
    return 0;
}

static int count_of_all(void) {
    unsigned sum = 0;
    for (int i = 0; i < THREADS; i++)
        sum += shared->counts[i];
    return (int)sum;
}

static void show_still(void) {
    int before = count_of_all();
    pause_for(20);
    TRUE(count_of_all() == before);
}

static void show_running(void) {
    for (int i = 0; i < THREADS; i++) {
        unsigned before = shared->counts[i];
        while (shared->counts[i] - before < 3)
            sched_yield();
    }
    puts("all are running");
}

static void show_states(pid_t child) {
    for (int i = 0; i < THREADS; i++) {
        char name[64], line[256];
        snprintf(name, sizeof name, "/proc/%d/task/%d/stat", child, (int)shared->tids[i]);
        int fd = open(name, O_RDONLY);
        ssize_t length = read(fd, line, sizeof line - 1);
        line[length > 0 ? length : 0] = 0;
        char *end = strrchr(line, ')');
        printf("%c", end ? end[2] : '?');
        close(fd);
    }
    puts("");
}

static void show_wait(pid_t child, int options) {
    int status = -1;
    TRUE(waitpid(child, &status, options) == child);
    show_status("child", status);
}

int main(void) {
    shared = map_shared(sizeof *shared);
    pid_t child = fork();
    if (child == 0)
        _exit(run());
    await(&shared->ready, THREADS);
    show_running();
    kill(child, SIGSTOP);
    show_wait(child, WUNTRACED);
    show_still();
    show_states(child);
    CALL(waitpid(child, NULL, WUNTRACED | WNOHANG));
    kill(child, SIGCONT);
    show_wait(child, WCONTINUED);
    show_running();
    SHOW(shared->continued);

    puts("to one thread");
    CALL(syscall(SYS_tgkill, child, shared->tids[0], SIGSTOP));
    show_wait(child, WUNTRACED);
    show_still();
    kill(child, SIGSTOP); /* it is */
    kill(child, SIGTERM); /* later */
    show_still();
    CALL(syscall(SYS_tgkill, child, shared->tids[1], SIGCONT));
    show_wait(child, 0);

    puts("killed");
    memset(shared, 0, sizeof *shared);
    child = fork();
    if (child == 0)
        _exit(run());
    await(&shared->ready, THREADS);
    kill(child, SIGSTOP);
    show_wait(child, WUNTRACED);
    kill(child, SIGKILL);
    show_wait(child, WUNTRACED);
    return 0;
}
