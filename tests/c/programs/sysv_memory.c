/* Shared memory of System V in one process: attaching, its flags, what is refused, and detaching. */
#include "show.h"
#include <sys/shm.h>

static int object;

static void attaches(void) {
    char *first = shmat(object, NULL, 0), *second = shmat(object, NULL, SHM_RDONLY);
    TRUE(first != (void *)-1 && second != (void *)-1 && first != second);
    strcpy(first + 5000, "written here");
    printf("and read there: %s\n", second + 5000);
    TRUE(first[9999] == 0 && first[12287] == 0);
    CALL(mprotect(second, 4096, PROT_READ | PROT_WRITE));
    CALL(mprotect(second, 4096, PROT_NONE));
    CALL(shmdt(second));
    CALL(shmdt(second));
    CALL(shmdt(first + 4096));
    CALL(shmdt(first + 1));
    CALL(shmdt(first));
    CALL(shmdt(NULL));
    char *again = shmat(object, NULL, 0);
    printf("it stays: %s\n", again + 5000);
    shmdt(again);
}

/* Addresses are the system's affair: those of a mapping that has been given back are free. */
static void places(void) {
    char *room = mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(room, 1 << 16);
    TRUE(shmat(object, room + 4096, 0) == room + 4096);
    CALL((long)shmat(object, room, 0));
    CALL((long)shmat(object, room + 1, 0));
    CALL((long)shmat(object, room + 1, SHM_RND | SHM_RDONLY));
    CALL((long)shmat(object, room + 8192, 0));
    TRUE(shmat(object, room + 16384 + 4095, SHM_RND) == room + 16384);
    strcpy(room + 4096, "gone");
    TRUE(shmat(object, room + 8192, SHM_REMAP | SHM_RDONLY) == room + 8192);
    printf("%s %s\n", room + 4096, room + 8192);
    CALL((long)shmat(object, NULL, SHM_REMAP));
    CALL((long)shmat(object, (void *)1, SHM_REMAP | SHM_RND));
    CALL((long)shmat(-1, NULL, 0));
    CALL((long)shmat(object + 32768, NULL, 0));
    struct shmid_ds about;
    shmctl(object, IPC_STAT, &about);
    SHOW(about.shm_nattch);
    CALL(munmap(room + 8192, 4096));
    CALL(munmap(room + 16384 + 4096, 4096));
    shmctl(object, IPC_STAT, &about);
    SHOW(about.shm_nattch);
    CALL(shmdt(room + 8192));
    CALL(shmdt(room + 4096));
    CALL(shmdt(room + 16384));
    shmctl(object, IPC_STAT, &about);
    SHOW(about.shm_nattch);
}

static void show_fault(int signal, siginfo_t *info, void *context) {
    printf("signal %d, code %d\n", signal, info->si_code);
    _exit(0);
}

static int writes_where_it_may_not(void) {
    volatile char *place = shmat(object, NULL, SHM_RDONLY);
    printf("%d\n", place[0] != 0);
    place[0] = 1;
    return 1;
}

static int is_detached(void) {
    volatile char *place = shmat(object, NULL, 0);
    place[0] = 1;
    shmdt((void *)place);
    return place[0];
}

int main(void) {
    struct sigaction action = {.sa_sigaction = show_fault, .sa_flags = SA_SIGINFO};
    CALL(shmget(IPC_PRIVATE, 0, 0600));
    CALL(shmget(IPC_PRIVATE, (size_t)-1, 0600));
    object = DONE(shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0600));
    attaches();
    places();
    sigaction(SIGSEGV, &action, NULL);
    in_child("a writer", writes_where_it_may_not);
    in_child("one who has detached", is_detached);
    CALL(shmctl(object, IPC_RMID, NULL));
    CALL(shmctl(object, IPC_RMID, NULL));
    CALL((long)shmat(object, NULL, 0));
    CALL(shmctl(object, 99, NULL));
    CALL(shmctl(-1, IPC_RMID, NULL));
    return 0;
}
