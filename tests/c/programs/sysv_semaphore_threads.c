/* Threads undo what they did to semaphores together, when the last of them has ended; other processes never do. */
#include "show.h"
#include <pthread.h>
#include <sys/sem.h>

static int set;

static int operate(int number, int change, int flags) {
    struct sembuf one = {number, change, flags};
    return semop(set, &one, 1);
}

static void show(const char *when) {
    printf("%s: %d %d\n", when, semctl(set, 0, GETVAL), semctl(set, 1, GETVAL));
}

static void *take(void *argument) {
    operate(0, 2, SEM_UNDO);
    operate(1, (int)(intptr_t)argument, 0);
    return NULL;
}

static void *wait_for_it(void *argument) {
    pthread_t other = *(pthread_t *)argument;
    operate(0, 1, SEM_UNDO);
    pthread_join(other, NULL);
    show("a thread has ended, its process not");
    return NULL;
}

static int with_threads(void) {
    pthread_t first, second;
    pthread_create(&first, NULL, take, (void *)3);
    pthread_create(&second, NULL, wait_for_it, &first);
    pthread_join(second, NULL);
    pid_t child = fork();
    if (child == 0) {
        operate(0, 4, SEM_UNDO);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    show("a child has undone its own");
    return 0;
}

static void *end_with_it(void *argument) {
    operate(0, -1, 0);
    _exit(5);
}

static int ends_in_a_wait(void) {
    pthread_t other;
    operate(1, 7, SEM_UNDO);
    pthread_create(&other, NULL, end_with_it, NULL);
    while (semctl(set, 0, GETNCNT) == 0)
        pause_for(1);
    operate(0, 1, 0);
    pthread_join(other, NULL);
    return 0;
}

static void *executes(void *argument) {
    operate(1, 5, SEM_UNDO);
    execl("./prog", "prog", argument, NULL);
    return NULL;
}

static int execute_beside_a_waiter(void) {
    pthread_t waiter, other;
    char number[16];
    snprintf(number, sizeof number, "%d", set);
    pthread_create(&waiter, NULL, end_with_it, NULL);
    while (semctl(set, 0, GETNCNT) == 0)
        pause_for(1);
    operate(1, 1, SEM_UNDO);
    pthread_create(&other, NULL, executes, number);
    pthread_join(other, NULL);
    return 1;
}

int main(int count, char **arguments) {
    if (count > 1) {
        set = atoi(arguments[1]);
        printf("executed, with %d who wait\n", semctl(set, 0, GETNCNT));
        show("to be undone at its end");
        return 0;
    }
    set = semget(IPC_PRIVATE, 2, 0600);
    in_child("threads", with_threads);
    show("undone");
    semctl(set, 1, SETVAL, 0);
    in_child("waiter", ends_in_a_wait);
    show("undone");
    in_child("executed", execute_beside_a_waiter);
    show("undone");
    CALL(semctl(set, 0, IPC_RMID));
    return 0;
}
