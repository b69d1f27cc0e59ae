/* Shared memory of System V between processes: who has it attached, what fork, vfork, exec and exit do to that, and
   when what was removed is gone. */
#include "show.h"
#include <sys/shm.h>

static int object;
static int *shared;

/* What the system says of the object; the last who attached or detached it by name. */
static void show(const char *when) {
    struct shmid_ds about;
    if (shmctl(object, IPC_STAT, &about)) {
        printf("%s: %s\n", when, strerror(errno));
        return;
    }
    printf("%s: %d attached, mode %o, made by %s, last used by %s\n", when, (int)about.shm_nattch, about.shm_perm.mode,
           about.shm_cpid == getpid() ? "me" : "another",
           about.shm_lpid == getpid() ? "me" : about.shm_lpid ? "another" : "nobody");
}

static int counts(void) {
    show("in the child");
    for (int i = 0; i < 1000; i++)
        ++*shared;
    return 0;
}

static int attaches_more(void) {
    int *more = shmat(object, NULL, 0);
    ++*more;
    show("with one more");
    return 0;
}

static int detaches(void) {
    shmdt(shared);
    show("without it");
    return raise(SIGKILL);
}

static int executes(void) {
    char number[16];
    snprintf(number, sizeof number, "%d", object);
    return execl("./prog", "prog", number, NULL);
}

static int removes(void) {
    CALL(shmctl(object, IPC_RMID, NULL));
    show("removed");
    *shared = 77;
    int *more = shmat(object, NULL, 0);
    TRUE(more != (void *)-1 && *more == 77);
    CALL(shmctl(object, IPC_RMID, NULL));
    return 0;
}

int main(int count, char **arguments) {
    if (count > 1) {
        object = atoi(arguments[1]);
        show("after exec");
        shared = shmat(object, NULL, 0);
        if (shared != (void *)-1)
            ++*shared;
        return 0;
    }
    object = shmget(IPC_PRIVATE, sizeof(int), 0640);
    show("at first");
    shared = shmat(object, NULL, 0);
    show("attached");
    in_child("counter", counts);
    SHOW(*shared);
    show("after its end");
    in_child("user", attaches_more);
    in_child("killed", detaches);
    in_child("executed", executes);
    SHOW(*shared);
    show("after that");
    pid_t child = vfork();
    if (child == 0) {
        ++*shared;
        show("in a vfork child");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    show("after the vfork child");
    CALL(mprotect(shared, 4096, PROT_READ));
    in_child("remover", removes);
    SHOW(*shared);
    show("and I have it still");
    TRUE(shmat(object, NULL, SHM_RDONLY) != (void *)-1);
    show("twice");
    shmdt(shared);
    show("once");
    int status;
    if ((child = fork()) == 0)
        pause();
    show("a child has it, too");
    kill(child, SIGKILL), waitpid(child, &status, 0);
    show("no more");
    return executes();
}
