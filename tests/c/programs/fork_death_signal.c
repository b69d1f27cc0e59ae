/* The signal that a child wants at its parent's end comes when the thread ends that has made it. */
#include "show.h"
#include <pthread.h>
#include <sys/prctl.h>

static int ready[2];

/* A child that waits for its signal, and tells whether its parent is still there. */
static void waits(const char *who, int number) {
    pid_t parent = getpid();
    if (fork() == 0) {
        siginfo_t info;
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, number);
        prctl(PR_SET_PDEATHSIG, number);
        write(ready[1], "", 1);
        while (sigwaitinfo(&set, &info) != number)
            ;
        printf("%s: signal %d, code %d, %s its parent, which is %s\n", who, info.si_signo, info.si_code,
               info.si_pid == parent ? "from" : "not from", getppid() == parent ? "there" : "gone");
        _exit(0);
    }
    char byte;
    read(ready[0], &byte, 1);
}

static void *makes(void *argument) {
    waits(argument, SIGUSR1);
    return NULL;
}

static void *stays(void *argument) {
    int *begun = argument;
    waits("of a thread that lives on", SIGUSR2);
    write(begun[1], "", 1);
    for (;;)
        pause();
}

static int process(void) {
    int begun[2];
    char byte;
    pthread_t thread;
    pipe(begun);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    pthread_create(&thread, NULL, makes, "of a thread");
    pthread_join(thread, NULL);
    puts("the thread has ended");
    wait(NULL);
    pthread_create(&thread, NULL, stays, begun);
    read(begun[0], &byte, 1);
    puts("the process ends");
    return 0;
}

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pipe(ready);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0)
        _exit(process());
    while (wait(NULL) > 0)
        ;
    return 0;
}
