/* SEM_UNDO: what a process has done to semaphores is undone when it ends, however it ends. */
#include "show.h"
#include <sys/sem.h>

union semun {
    int val;
    unsigned short *array;
};

static int set;

static int operate(int number, int change, int flags) {
    struct sembuf one = {number, change, flags};
    return semop(set, &one, 1);
}

static int assign(int number, int value) {
    union semun argument = {.val = value};
    return semctl(set, number, SETVAL, argument);
}

static void show_values(const char *when) {
    unsigned short values[2];
    union semun argument = {.array = values};
    semctl(set, 0, GETALL, argument);
    printf("%s: %d %d\n", when, values[0], values[1]);
}

static int takes(void) {
    operate(0, -2, SEM_UNDO);
    operate(1, 3, SEM_UNDO);
    operate(0, -1, 0);
    show_values("taken");
    return 3;
}

static int is_killed(void) {
    takes();
    return raise(SIGKILL);
}

static int executes(void) {
    operate(0, -4, SEM_UNDO);
    execl("./prog", "prog", "again", NULL);
    return 9;
}

static int is_assigned(void) {
    operate(0, -2, SEM_UNDO);
    operate(1, 1, SEM_UNDO);
    assign(0, 7);
    return 0;
}

static int forks(void) {
    operate(0, -1, SEM_UNDO);
    if (fork() == 0)
        _exit(0);
    wait(NULL);
    show_values("its child undoes nothing");
    return 0;
}

static int shares(void) {
    operate(0, -1, SEM_UNDO);
    pid_t child = vfork();
    if (child == 0) {
        operate(0, -2, SEM_UNDO);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    show_values("nor does its vfork child, but its own");
    return 0;
}

static int goes_out_of_range(void) {
    assign(1, 0);
    CALL(operate(1, 32767, SEM_UNDO));
    CALL(operate(1, -32767, 0));
    CALL(operate(1, 1, SEM_UNDO));
    CALL(operate(1, 2, SEM_UNDO));
    CALL(operate(1, 5, 0));
    assign(0, 32767);
    CALL(operate(0, -32767, SEM_UNDO));
    CALL(operate(0, 32767, 0));
    CALL(operate(0, -1, SEM_UNDO));
    show_values("before");
    return 0;
}

static int wakes(void) {
    operate(0, -5, SEM_UNDO);
    operate(1, 1, 0);
    while (semctl(set, 0, GETNCNT) == 0)
        pause_for(1);
    return raise(SIGTERM);
}

static void show(const char *name, int (*function)(void)) {
    assign(0, 5), assign(1, 0);
    in_child(name, function);
    show_values("after");
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (count > 1) {
        puts("executed");
        return 0;
    }
    set = semget(IPC_PRIVATE, 2, 0600);
    show("taker", takes);
    show("killed", is_killed);
    show("executed", executes);
    show("assigned", is_assigned);
    show("parent", forks);
    show("vfork parent", shares);
    show("out of range", goes_out_of_range);
    assign(0, 5), assign(1, 0);
    int undone;
    pid_t child = fork();
    if (child == 0)
        _exit(wakes());
    operate(1, -1, 0);
    CALL(operate(0, -3, 0));
    waitpid(child, &undone, 0);
    show_status("holder", undone);
    TRUE(semctl(set, 0, GETPID) == getpid());
    show_values("what the end of another gave back was taken");
    CALL(semctl(set, 0, IPC_RMID));
    return 0;
}
