/* Sets of semaphores: values, operations that are done all at once or not at all, and what is refused. */
#include "show.h"
#include <sys/sem.h>

#ifdef __riscv
#define SYS_semtimedop SYS_semtimedop_time64
#endif

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static int set;

static int operate(int number, int change, int flags) {
    struct sembuf one = {number, change, flags};
    return semop(set, &one, 1);
}

static void show_values(void) {
    unsigned short values[3] = {9, 9, 9};
    union semun argument = {.array = values};
    int result = semctl(set, 0, GETALL, argument);
    printf("values %d %d %d%s\n", values[0], values[1], values[2], result ? " not told" : "");
}

static void values(void) {
    unsigned short all[3] = {1, 2, 3};
    union semun argument = {.array = all};
    show_values();
    CALL(semctl(set, 0, SETALL, argument));
    show_values();
    argument.val = 32767;
    CALL(semctl(set, 2, SETVAL, argument));
    CALL(semctl(set, 2, GETVAL));
    TRUE(semctl(set, 2, GETPID) == getpid());
    argument.val = 32768;
    CALL(semctl(set, 2, SETVAL, argument));
    argument.val = -1;
    CALL(semctl(set, 9, SETVAL, argument));
    argument.val = 0;
    CALL(semctl(set, 3, SETVAL, argument));
    CALL(semctl(set, -1, GETVAL));
    CALL(semctl(set, 3, GETNCNT));
    all[1] = 32768;
    argument.array = all;
    CALL(semctl(set, 0, SETALL, argument));
    argument.array = (void *)8;
    CALL(semctl(set, 0, SETALL, argument));
    CALL(semctl(set, 0, GETALL, argument));
    CALL(semctl(set, 0, 99));
    CALL(semctl(-1, 0, GETVAL));
    show_values();
}

static void several_at_once(void) {
    struct sembuf two[] = {{0, -1, 0}, {1, -3, IPC_NOWAIT}};
    CALL(semop(set, two, 2));
    show_values();
    two[1].sem_op = -2;
    CALL(semop(set, two, 2));
    show_values();
    struct sembuf same[] = {{0, 5, 0}, {0, -3, 0}, {0, -2, 0}, {0, 0, IPC_NOWAIT}, {1, 1, 0}};
    CALL(semop(set, same, 5));
    show_values();
    struct sembuf waits[] = {{1, 0, IPC_NOWAIT}};
    CALL(semop(set, waits, 1));
    struct sembuf high[] = {{0, 1, 0}, {2, 1, 0}};
    CALL(semop(set, high, 2));
    show_values();
    CALL(operate(0, 32767, 0));
    CALL(operate(0, 1, 0));
    CALL(operate(0, -32767, 0));
    CALL(operate(0, -1, IPC_NOWAIT));
    CALL(operate(0, -1, IPC_NOWAIT | SEM_UNDO));
}

static void refused(void) {
    struct sembuf many[501] = {{0, 0, 0}};
    struct timespec time = {0, 1000000}, bad = {0, 1000000000}, negative = {-1, 0};
    CALL(semop(set, many, 0));
    CALL(semop(set, many, 501));
    CALL(semop(set, many, 500));
    CALL(semop(set, (void *)8, 1));
    CALL(semop(-1, many, 1));
    CALL(semop(set + 32768, many, 1));
    CALL(operate(3, 1, 0));
    CALL(operate(65535, 0, 0));
    many[0].sem_op = -1;
    CALL(semtimedop(set, many, 1, &time));
    CALL(semtimedop(set, many, 1, &bad));
    CALL(semtimedop(set, many, 1, &negative));
    CALL(syscall(SYS_semtimedop, set, many, 1, 8));
    time.tv_nsec = 0;
    CALL(semtimedop(set, many, 1, &time));
    many[0].sem_op = 1;
    CALL(semtimedop(set, many, 1, &time));
    CALL(semctl(set, 0, GETVAL));
}

int main(void) {
    CALL(semget(IPC_PRIVATE, 0, 0600));
    CALL(semget(IPC_PRIVATE, -1, 0600));
    CALL(semget(IPC_PRIVATE, 32001, 0600));
    DONE(set = semget(IPC_PRIVATE, 3, 0600));
    values();
    several_at_once();
    refused();
    CALL(semctl(set, 0, IPC_RMID));
    CALL(semctl(set, 0, IPC_RMID));
    CALL(operate(0, 0, 0));
    CALL(semctl(set, 0, GETVAL));
    return 0;
}
