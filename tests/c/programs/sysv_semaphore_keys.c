/* Sets of semaphores: keys, permissions, owners and what is told of a set. */
#include "show.h"
#include <sys/ipc.h>
#include <sys/sem.h>

union semun {
    int val;
    struct semid_ds *buf;
    struct seminfo *__buf;
};

static key_t key;

static void keys(void) {
    CALL(semget(key, 1, 0600));
    int set = DONE(semget(key, 4, IPC_CREAT | 0640));
    TRUE(semget(key, 4, 0600) == set);
    TRUE(semget(key, 0, 0) == set);
    TRUE(semget(key, 1, IPC_CREAT | 0777) == set);
    CALL(semget(key, 5, 0600));
    CALL(semget(key, 5, IPC_CREAT | IPC_EXCL | 0600));
    CALL(semget(key, 1, IPC_CREAT | IPC_EXCL | 0600));
    TRUE(semget(key, 1, IPC_EXCL) == set);
    int other = DONE(semget(IPC_PRIVATE, 1, 0));
    TRUE(other != set);
    CALL(semctl(other, 0, GETVAL));
    CALL(semctl(other, 0, IPC_RMID));
    CALL(semctl(set, 0, IPC_RMID));
    CALL(semget(key, 1, 0));
    int again = DONE(semget(key, 1, IPC_CREAT | IPC_EXCL | 0600));
    TRUE(again != set);
    CALL(semctl(set, 0, GETVAL));
    CALL(semctl(again, 0, IPC_RMID));
}

static void show(const struct semid_ds *told) {
    printf("mode %o, %d semaphores, own %d made %d, operated %d, changed %d\n", told->sem_perm.mode,
           (int)told->sem_nsems, told->sem_perm.uid == geteuid() && told->sem_perm.gid == getegid(),
           told->sem_perm.cuid == geteuid() && told->sem_perm.cgid == getegid(), told->sem_otime != 0,
           llabs((long long)told->sem_ctime - time(NULL)) < 60);
}

static void told(void) {
    struct semid_ds about = {0};
    struct seminfo limits = {0};
    union semun argument = {.buf = &about}, info = {.__buf = &limits};
    int set = semget(IPC_PRIVATE, 7, IPC_CREAT | IPC_EXCL | 0604);
    CALL(semctl(set, 0, IPC_STAT, argument));
    show(&about);
    TRUE(about.sem_perm.__ipc_perm_key == IPC_PRIVATE);
    struct sembuf one = {0, 1, 0};
    semop(set, &one, 1);
    about.sem_perm.mode = 07444;
    about.sem_nsems = 99;
    CALL(semctl(set, 0, IPC_SET, argument));
    CALL(semctl(set, 0, IPC_STAT, argument));
    show(&about);
    CALL(semop(set, &one, 1));
    one.sem_op = 0, one.sem_flg = IPC_NOWAIT;
    CALL(semop(set, &one, 1));
    about.sem_perm.mode = 0;
    semctl(set, 0, IPC_SET, argument);
    CALL(semop(set, &one, 1));
    CALL(semctl(set, 0, GETVAL));
    CALL(semctl(set, 0, IPC_STAT, argument));
    argument.val = 1;
    CALL(semctl(set, 0, SETVAL, argument));
    argument.buf = &about;
    about.sem_perm.uid = -1;
    CALL(semctl(set, 0, IPC_SET, argument));
    argument.buf = NULL;
    CALL(semctl(set, 0, IPC_SET, argument));
    TRUE(semctl(0, 0, IPC_INFO, info) >= 0);
    printf("%d %d %d %d %d\n", limits.semmni, limits.semmsl, limits.semopm, limits.semvmx, limits.semusz);
    CALL(semctl(-1, 0, IPC_INFO, info));
    int highest = semctl(0, 0, SEM_INFO, info);
    TRUE(limits.semusz >= 1 && limits.semaem >= 7 && highest >= set % 32768);
    argument.buf = &about;
    TRUE(semctl(set % 32768, 0, SEM_STAT_ANY, argument) == set && about.sem_nsems == 7);
    CALL(semctl(set % 32768, 0, SEM_STAT, argument));
    about.sem_perm.mode = 0400, about.sem_perm.uid = getuid();
    semctl(set, 0, IPC_SET, argument);
    TRUE(semctl(set % 32768, 0, SEM_STAT, argument) == set);
    CALL(syscall(SYS_semctl, set, 0, 2, 8));
    CALL(syscall(SYS_semctl, set, 0, 0x102, &about));
    CALL(semctl(set, 0, IPC_RMID));
}

int main(void) {
    key = ftok("prog", 's');
    TRUE(key != -1);
    keys();
    told();
    return 0;
}
