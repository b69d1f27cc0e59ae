/* Waiting for semaphores: who is served in which order, what is counted, and what ends a wait. */
#include "show.h"
#include <sys/sem.h>

union semun {
    int val;
    unsigned short *array;
};

static int set, ends[2];

static int assign(int number, int value) {
    union semun argument = {.val = value};
    return semctl(set, number, SETVAL, argument);
}

/* Wait until so many wait for semaphore NUMBER: to be more, or to be zero. */
static void until(int number, int more, int zero) {
    while (semctl(set, number, GETNCNT) != more || semctl(set, number, GETZCNT) != zero)
        pause_for(1);
}

/* A child that does operations and writes down its name when they are done, or else the error. */
static pid_t start(char name, struct sembuf *operations, int count) {
    pid_t child = fork();
    if (child == 0) {
        char error = semop(set, operations, count) == 0 ? name : errno == EIDRM ? '!' : errno == ERANGE ? '^' : '?';
        write(ends[1], &error, 1);
        _exit(0);
    }
    return child;
}

/* What has been written down by so many, two at most, who end then; who of two goes on first is the system's affair. */
static void show_order(const char *what, int count) {
    char names[16] = "";
    for (int i = 0; i < count; i++)
        read(ends[0], names + i, 1), wait(NULL);
    int swapped = names[1] && names[1] < names[0];
    printf("%s: %c%c\n", what, names[swapped], names[!swapped] ? names[!swapped] : ' ');
}

static void in_turn(void) {
    struct sembuf down = {0, -1, 0}, two = {0, -2, 0}, up = {0, 1, 0}, zero = {0, 0, 0};
    start('a', &two, 1), until(0, 1, 0);
    start('b', &down, 1), until(0, 2, 0);
    start('c', &down, 1), until(0, 3, 0);
    CALL(semop(set, &up, 1));
    show_order("the first who needs no more", 1);
    up.sem_op = 2;
    CALL(semop(set, &up, 1));
    show_order("the first", 1);
    up.sem_op = 3;
    start('d', &two, 1), until(0, 2, 0);
    CALL(semop(set, &up, 1));
    CALL(semctl(set, 0, GETNCNT));
    show_order("both", 2);
    CALL(semctl(set, 0, GETVAL));
    assign(0, 1);
    start('z', &zero, 1), until(0, 0, 1);
    CALL(semop(set, &down, 1));
    show_order("zero", 1);
}

static void together(void) {
    struct sembuf both[] = {{0, -1, 0}, {1, -1, 0}}, first = {0, -1, 0}, mixed[] = {{0, -1, 0}, {1, 0, 0}};
    unsigned short values[2] = {0, 0};
    union semun all = {.array = values};
    start('b', both, 2), until(0, 1, 0);
    start('f', &first, 1), until(0, 2, 0);
    assign(0, 1);
    show_order("the one that needs not both", 1);
    until(0, 1, 0);
    values[0] = values[1] = 1;
    CALL(semctl(set, 0, SETALL, all));
    show_order("both", 1);
    CALL(semctl(set, 0, GETVAL));
    assign(0, 0), assign(1, 1);
    start('m', mixed, 2), until(0, 1, 0);
    assign(0, 1), until(0, 0, 0), until(1, 0, 1);
    CALL(semctl(set, 0, GETVAL));
    assign(1, 0);
    show_order("mixed", 1);
    CALL(semctl(set, 0, GETVAL));
}

static void handle(int signal) {
    write(ends[1], "s", 1);
}

static void ended(void) {
    int undone = 0;
    struct sembuf down = {0, -1, 0};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = start('x', &down, 1);
    until(0, 1, 0);
    kill(child, SIGUSR1);
    read(ends[0], &undone, 1);
    show_order("a handler ends the wait", 1);
    child = start('x', &down, 1), until(0, 1, 0);
    kill(child, SIGSTOP), waitpid(child, &undone, WUNTRACED), kill(child, SIGCONT);
    show_order("so does a stop", 1);
    child = start('x', &down, 1), until(0, 1, 0);
    kill(child, SIGWINCH);
    pause_for(5), until(0, 1, 0);
    kill(child, SIGKILL), waitpid(child, &undone, 0);
    CALL(semctl(set, 0, GETNCNT));
    struct sembuf over[] = {{0, -1, 0}, {1, 2, 0}};
    assign(1, 32766);
    start('x', over, 2), until(0, 1, 0);
    assign(0, 1);
    show_order("out of range", 1);
    CALL(semctl(set, 0, GETVAL));
    struct timespec time = {0, 2000000};
    down.sem_op = -2;
    long long begun = milliseconds(CLOCK_MONOTONIC);
    CALL(semtimedop(set, &down, 1, &time));
    TRUE(milliseconds(CLOCK_MONOTONIC) - begun >= 2);
    start('x', &down, 1), until(0, 1, 0);
    down.sem_op = 0;
    start('x', &down, 1), until(0, 1, 1);
    CALL(semctl(set, 0, IPC_RMID));
    show_order("removed", 2);
}

int main(void) {
    set = semget(IPC_PRIVATE, 2, 0600);
    pipe(ends);
    in_turn();
    together();
    ended();
    return 0;
}
