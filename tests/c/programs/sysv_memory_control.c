/* Shared memory of System V: keys, permissions, locks, limits, and what is told of an object. */
#include "show.h"
#include <sys/ipc.h>
#include <sys/shm.h>

static int object;

static void keys(key_t key) {
    CALL(shmget(key, 100, 0600));
    object = DONE(shmget(key, 100, IPC_CREAT | IPC_EXCL | 0640));
    TRUE(shmget(key, 100, 0) == object);
    TRUE(shmget(key, 0, 0) == object);
    TRUE(shmget(key, 1, IPC_CREAT | 0600) == object);
    CALL(shmget(key, 101, 0));
    CALL(shmget(key, 5000, IPC_CREAT));
    CALL(shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600));
    void *place = shmat(object, NULL, 0);
    CALL(shmctl(object, IPC_RMID, NULL));
    CALL(shmget(key, 100, 0));
    int other = DONE(shmget(key, 200, IPC_CREAT | IPC_EXCL | 0600));
    TRUE(other != object);
    struct shmid_ds about;
    shmctl(object, IPC_STAT, &about);
    TRUE(about.shm_perm.__ipc_perm_key == IPC_PRIVATE && about.shm_nattch == 1);
    shmdt(place);
    CALL(shmctl(object, IPC_STAT, &about));
    CALL(shmctl(other, IPC_RMID, NULL));
}

static void show(const struct shmid_ds *about) {
    printf("mode %o, %ld bytes, own %d made %d, %d attached, times %d %d %d\n", about->shm_perm.mode,
           (long)about->shm_segsz, about->shm_perm.uid == geteuid() && about->shm_perm.gid == getegid(),
           about->shm_perm.cuid == geteuid() && about->shm_perm.cgid == getegid(), (int)about->shm_nattch,
           about->shm_atime != 0, about->shm_dtime != 0, llabs((long long)about->shm_ctime - time(NULL)) < 60);
}

static void told(void) {
    struct shmid_ds about;
    object = shmget(IPC_PRIVATE, 4097, IPC_CREAT | 0600);
    CALL(shmctl(object, IPC_STAT, &about));
    show(&about);
    void *place = shmat(object, NULL, 0);
    CALL(shmctl(object, IPC_STAT, &about));
    show(&about);
    shmdt(place);
    about.shm_perm.mode = 07444;
    about.shm_segsz = 1;
    CALL(shmctl(object, IPC_SET, &about));
    CALL(shmctl(object, IPC_STAT, &about));
    show(&about);
    CALL((long)shmat(object, NULL, 0));
    TRUE((place = shmat(object, NULL, SHM_RDONLY)) != (void *)-1);
    CALL((long)shmat(object, NULL, SHM_RDONLY | SHM_EXEC));
    shmdt(place);
    CALL(shmctl(object, SHM_LOCK, NULL));
    shmctl(object, IPC_STAT, &about);
    show(&about);
    CALL(shmctl(object, SHM_UNLOCK, NULL));
    shmctl(object, IPC_STAT, &about);
    show(&about);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    CALL(shmctl(object, SHM_LOCK, NULL));
    about.shm_perm.gid = -1;
    CALL(shmctl(object, IPC_SET, &about));
    CALL(syscall(SYS_shmctl, object, 2, 8));
    CALL(syscall(SYS_shmctl, object, 0x102, &about));
    CALL(shmctl(object, IPC_SET, NULL));
}

static void all(void) {
    struct shmid_ds about;
    struct shminfo limits;
    struct shm_info used;
    int index = object % 32768;
    TRUE(shmctl(index, SHM_STAT, &about) == object && about.shm_segsz == 4097);
    TRUE(shmctl(0, SHM_INFO, (void *)&used) >= index);
    TRUE(used.__used_ids >= 1 && used.shm_tot >= 2 && used.shm_swp == 0);
    TRUE(shmctl(0, IPC_INFO, (void *)&limits) >= index);
    printf("%d %d %d\n", (int)limits.shmmin, (int)limits.shmmni, (int)limits.shmseg);
    about.shm_perm.mode = 0, about.shm_perm.gid = getgid();
    shmctl(object, IPC_SET, &about);
    CALL(shmctl(index, SHM_STAT, &about));
    TRUE(shmctl(index, SHM_STAT_ANY, &about) == object && about.shm_perm.mode == 0);
    CALL(shmctl(object, IPC_STAT, &about));
    CALL((long)shmat(object, NULL, SHM_RDONLY));
    CALL(shmctl(object, IPC_RMID, NULL));
}

int main(void) {
    keys(ftok("prog", 'm'));
    told();
    all();
    return 0;
}
