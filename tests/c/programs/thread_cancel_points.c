/* Calls at which a thread that is cancelled ends: it sleeps in them, or it would have begun one. */
#include "threads.h"
#include <sys/select.h>

static int ends[2], full[2];
static _Atomic int sleeper;
static sem_t never;
static pthread_t idle;
static steps gate;
static char buffer[70000];

static void do_read(void) { read(ends[0], buffer, 1); }
static void do_readv(void) { readv(ends[0], &(struct iovec){buffer, 1}, 1); }
static void do_pause(void) { pause(); }
static void do_sleep(void) { sleep(1000); }
static void do_nanosleep(void) { nanosleep(&(struct timespec){1000, 0}, NULL); }
static void do_clock_nanosleep(void) { clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){1000, 0}, NULL); }
static void do_poll(void) { poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1); }
static void do_select(void) { select(0, NULL, NULL, NULL, &(struct timeval){1000, 0}); }
static void do_sem_wait(void) { sem_wait(&never); }
static void do_sem_timedwait(void) { sem_timedwait(&never, &(struct timespec){INT_MAX, 0}); }
static void do_join(void) { pthread_join(idle, NULL); }
static void do_wait(void) { waitpid(-1, NULL, 0); }
static void do_waitid(void) { waitid(P_ALL, 0, NULL, WEXITED); }
static void do_sigsuspend(void) { sigset_t none; sigemptyset(&none); sigsuspend(&none); }

static void do_write(void) {
    for (;;)
        write(full[1], buffer, sizeof buffer);
}

static void do_sigwait(void) {
    sigset_t set;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &signal);
}

static void do_fcntl(void) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(open("file", O_RDWR), F_SETLKW, &lock);
}

static void do_open(void) { open("fifo", O_RDONLY); }

static const struct {
    const char *name;
    void (*call)(void);
} CALLS[] = {
    {"read", do_read}, {"readv", do_readv}, {"write", do_write}, {"pause", do_pause}, {"sleep", do_sleep},
    {"nanosleep", do_nanosleep}, {"clock_nanosleep", do_clock_nanosleep}, {"poll", do_poll}, {"select", do_select},
    {"sem_wait", do_sem_wait}, {"sem_timedwait", do_sem_timedwait}, {"pthread_join", do_join}, {"waitpid", do_wait},
    {"waitid", do_waitid}, {"sigsuspend", do_sigsuspend}, {"sigwait", do_sigwait}, {"fcntl", do_fcntl},
    {"open", do_open},
};

static void *wait_at_gate(void *argument) {
    await(&gate, 1);
    return (void *)9;
}

static void *enter(void *argument) {
    sleeper = gettid();
    ((void (*)(void))argument)();
    return (void *)1;
}

static void *enter_cancelled(void *argument) {
    pthread_cancel(pthread_self());
    ((void (*)(void))argument)();
    return (void *)1;
}

int main(void) {
    pipe(ends);
    pipe(full);
    sem_init(&never, 0, 0);
    put_file("file", "", 0600);
    mkfifo("fifo", 0600);
    int held[2], file = open("file", O_RDWR);
    pipe(held);
    pid_t child = fork(); /* it lives, and holds the lock on the file */
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        fcntl(file, F_SETLKW, &lock);
        write(held[1], "", 1);
        for (;;)
            pause();
    }
    read(held[0], buffer, 1);
    idle = begin(wait_at_gate, NULL);
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
        sleeper = 0;
        pthread_t thread = begin(enter, (void *)CALLS[i].call);
        while (!sleeper)
            sched_yield();
        await_asleep(sleeper);
        int error = pthread_cancel(thread);
        long asleep = join(thread), before = join(begin(enter_cancelled, (void *)CALLS[i].call));
        printf("%s: %d, %s, %s\n", CALLS[i].name, error, asleep == (long)PTHREAD_CANCELED ? "asleep" : "returned",
               before == (long)PTHREAD_CANCELED ? "before" : "returned");
    }
    step(&gate);
    SHOW(join(idle));
    kill(child, SIGKILL);
    show_end("child", child);
    unlink("file");
    unlink("fifo");
    return 0;
}
