/* Children in a process with threads: they belong to all, unless one asks for its own (__WNOTHREAD). */
#include "threads.h"

static steps gate, ready;
static pid_t made;

static pid_t begin_child(int status) {
    pid_t child = fork();
    if (child == 0)
        _exit(status);
    return child;
}

static void *wait_for(void *argument) {
    int status = -1;
    pid_t child = (pid_t)(long)argument;
    return (void *)(long)(waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : -errno);
}

static void *wait_any(void *argument) {
    int status = -1;
    *(_Atomic int *)argument = gettid();
    return (void *)(long)(waitpid(-1, &status, 0) > 0 ? WEXITSTATUS(status) : -errno);
}

static void *make(void *argument) {
    made = begin_child((int)(long)argument);
    step(&ready);
    await(&gate, 1);
    return NULL;
}

static void *wait_alone(void *argument) {
    int status = -1;
    pid_t child = (pid_t)(long)argument;
    CALL(waitpid(child, &status, __WNOTHREAD)); /* not its own */
    CALL(waitpid(-1, &status, __WNOTHREAD | __WALL));
    child = begin_child(21);
    TRUE(waitpid(-1, &status, __WNOTHREAD) == child);
    show_status("its own", status);
    return NULL;
}

static void *tell_parent(void *argument) {
    pid_t child = fork(), parent = getpid();
    if (child == 0)
        _exit(getppid() == parent ? 1 : 0);
    int ends[2], status;
    char byte;
    waitpid(child, &status, 0);
    SHOW(WEXITSTATUS(status));
    pipe(ends);
    child = fork();
    if (child == 0) {
        read(ends[0], &byte, 1);
        _exit(getppid() == parent ? 11 : 12); /* when the thread that made it is gone */
    }
    ((int *)argument)[0] = ends[1];
    return (void *)(long)child;
}

int main(void) {
    pid_t child = begin_child(3);
    SHOW(join(begin(wait_for, (void *)(long)child)));
    pthread_t thread = begin(make, (void *)4);
    await(&ready, 1);
    show_end("a thread's child", made);
    step(&gate);
    join(thread);

    puts("one wait for each");
    _Atomic int waiters[2] = {0};
    int ends[2];
    pipe(ends);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            char byte;
            read(ends[0], &byte, 1);
            _exit(6);
        }
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        threads[i] = begin(wait_any, (void *)&waiters[i]);
        while (!waiters[i])
            sched_yield();
        await_asleep(waiters[i]);
    }
    write(ends[1], "ab", 2);
    for (int i = 0; i < 2; i++)
        SHOW(join(threads[i]));

    puts("one child for two");
    if (fork() == 0) {
        char byte;
        read(ends[0], &byte, 1);
        _exit(7);
    }
    for (int i = 0; i < 2; i++) {
        waiters[i] = 0;
        threads[i] = begin(wait_any, (void *)&waiters[i]);
        while (!waiters[i])
            sched_yield();
        await_asleep(waiters[i]);
    }
    write(ends[1], "c", 1);
    SHOW(join(threads[0]) + join(threads[1]) == 7 - ECHILD);

    puts("its own");
    child = begin_child(22);
    join(begin(wait_alone, (void *)(long)child));
    int status;
    TRUE(waitpid(-1, &status, __WNOTHREAD) == child);
    gate = ready = 0;
    thread = begin(make, (void *)23);
    await(&ready, 1);
    CALL(waitpid(-1, &status, __WNOTHREAD | WNOHANG));
    siginfo_t info;
    CALL(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
    TRUE(info.si_pid == made && info.si_status == 23);
    step(&gate);
    join(thread);
    while (waitpid(made, &status, __WNOTHREAD) == -1) /* inherited by the first, when that thread has ended */
        sched_yield();
    show_status("an ended thread's child", status);

    puts("parents");
    int end;
    child = (pid_t)join(begin(tell_parent, &end));
    write(end, "", 1);
    show_end("child of an ended thread", child);
    CALL(waitpid(-1, &status, 0));
    return 0;
}
