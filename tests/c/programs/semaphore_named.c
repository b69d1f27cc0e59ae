/* Semaphores with names: what sem_open finds and makes, who shares one, and what is left when the name is gone. */
#include "show.h"
#include <semaphore.h>

static char name[64], long_name[300];

/* What sem_open gives, by its value. */
static sem_t *show_open(const char *how, sem_t *semaphore) {
    int value;
    if (semaphore == SEM_FAILED)
        printf("%s: %s\n", how, strerror(errno));
    else
        sem_getvalue(semaphore, &value), printf("%s: %d\n", how, value);
    return semaphore;
}

static int takes_by_name(void) {
    sem_t *same = show_open("by name", sem_open(name, 0));
    CALL(sem_wait(same));
    CALL(sem_trywait(same));
    sem_post(same), sem_post(same), sem_post(same);
    return sem_close(same);
}

static int waits(void) {
    sem_t *same = sem_open(name, 0);
    for (int i = 0; i < 3; i++)
        sem_wait(same);
    int value;
    sem_getvalue(same, &value);
    SHOW(value);
    return 0;
}

static int may_not(void) {
    show_open("without permission", sem_open(name, 0));
    show_open("nor a new one of the name", sem_open(name, O_CREAT, 0600, 5));
    CALL(sem_unlink(name));
    return 0;
}

int main(void) {
    int value;
    snprintf(name, sizeof name, "/forklore.semaphore.%d", getpid());
    memset(long_name, 'n', 299);
    show_open("none", sem_open(name, 0));
    sem_t *semaphore = show_open("made", sem_open(name, O_CREAT | O_EXCL, 0600, 1));
    TRUE(show_open("again", sem_open(name, O_CREAT, 0600, 9)) == semaphore);
    show_open("not again", sem_open(name, O_CREAT | O_EXCL, 0600, 1));
    show_open("no such value", sem_open("/forklore.none", O_CREAT, 0600, 0x80000000u));
    show_open("no such name", sem_open("/for/klore", O_CREAT, 0600, 1));
    show_open("too long", sem_open(long_name, O_CREAT, 0600, 1));
    show_open("empty", sem_open("/", O_CREAT, 0600, 1));
    CALL(sem_close(semaphore));
    in_child("taker", takes_by_name);
    sem_getvalue(semaphore, &value);
    SHOW(value);
    pid_t child = fork();
    if (child == 0)
        _exit(waits());
    show_end("waiter", child);
    in_child("remover", may_not);
    show_open("removed", sem_open(name, 0));
    CALL(sem_post(semaphore));
    sem_t *another = show_open("another", sem_open(name, O_CREAT | O_EXCL, 0, 0));
    TRUE(another != semaphore);
    in_child("user", may_not);
    sem_getvalue(semaphore, &value);
    SHOW(value);
    CALL(sem_close(semaphore));
    CALL(sem_close(another));
    CALL(sem_unlink(name));
    CALL(sem_unlink("/"));
    return 0;
}
