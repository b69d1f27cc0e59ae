/* Signals to a thread and to the process: who takes them, whose mask counts, where they are pending. */
#include "threads.h"

static _Atomic int got, taker;
static steps turn;
static _Atomic int order;

static int self(void) {
    return gettid();
}

static void handle(int signal) {
    taker = self();
    got = signal;
}

static void change_mask(int how, int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(how, &set, NULL);
}

static int is_blocked(int signal) {
    sigset_t set;
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, signal);
}

static int is_pending(int signal) {
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, signal);
}

static int taken_by(void) {
    while (!got)
        sched_yield();
    got = 0;
    return taker;
}

static void *serve(void *argument) {
    _Atomic int *id = argument;
    TRUE(is_blocked(SIGUSR2)); /* the mask of who made it */
    TRUE(!is_blocked(SIGUSR1));
    TRUE(!is_pending(SIGUSR2)); /* but not what was sent to that one */
    change_mask(SIG_UNBLOCK, SIGUSR2);
    *id = self();
    for (int i = 1;; i++) {
        await(&turn, i);
        switch (order) {
        case 'b': change_mask(SIG_BLOCK, SIGUSR1); break;
        case 'u': change_mask(SIG_UNBLOCK, SIGUSR1); break;
        case 'p': printf("    pending there: %d\n", is_pending(SIGUSR1)); break;
        case 'r': raise(SIGUSR1); break;
        case 's': signal(SIGTERM, handle); break;
        case 'k': kill(getpid(), SIGUSR1); break;
        case 'e': return NULL;
        }
        order = 0;
    }
}

static void tell(int what) {
    order = what;
    step(&turn);
    while (order && what != 'e')
        sched_yield();
}

static void show_taker(const char *what, int other) {
    int by = taken_by();
    printf("%s: %s\n", what, by == other ? "the other" : by == getpid() ? "the first" : "who?");
}

int main(void) {
    _Atomic int other = 0;
    signal(SIGUSR1, handle);
    signal(SIGUSR2, handle);
    change_mask(SIG_BLOCK, SIGUSR2);
    pthread_kill(pthread_self(), SIGUSR2);
    TRUE(is_pending(SIGUSR2));
    pthread_t thread = begin(serve, (void *)&other);
    while (!other)
        sched_yield();
    TRUE(is_blocked(SIGUSR2)); /* masks are each thread's own */
    kill(getpid(), SIGUSR2);
    show_taker("the one who does not block it", other);
    change_mask(SIG_UNBLOCK, SIGUSR2);
    show_taker("what was pending for this one", other);

    kill(getpid(), SIGUSR1);
    show_taker("both could: to the process", other);
    GIVES(pthread_kill(thread, SIGUSR1));
    show_taker("to the other", other);
    GIVES(pthread_kill(pthread_self(), SIGUSR1));
    show_taker("to itself", other);
    tell('r');
    show_taker("the other raises", other);
    tell('k');
    show_taker("the other, to the process", other);
    tell('b');
    kill(getpid(), SIGUSR1);
    show_taker("the other blocks it", other);
    tell('u');
    change_mask(SIG_BLOCK, SIGUSR1);
    kill(getpid(), SIGUSR1);
    show_taker("the first blocks it", other);

    puts("blocked by both");
    tell('b');
    kill(getpid(), SIGUSR1);
    printf("    pending here: %d\n", is_pending(SIGUSR1));
    tell('p');
    tell('u');
    show_taker("who unblocks takes it", other);
    printf("    pending here: %d\n", is_pending(SIGUSR1));
    tell('b');
    pthread_kill(thread, SIGUSR1);
    printf("    pending here: %d\n", is_pending(SIGUSR1));
    tell('p');
    change_mask(SIG_UNBLOCK, SIGUSR1);
    SHOW(got);
    tell('u');
    show_taker("its own", other);

    puts("for both");
    tell('s');
    raise(SIGTERM);
    TRUE(got == SIGTERM);
    got = 0;
    tell('b');
    pthread_kill(thread, SIGUSR1);
    signal(SIGUSR1, SIG_IGN); /* discards it everywhere */
    signal(SIGUSR1, handle);
    tell('p');
    pthread_kill(thread, SIGUSR1);
    tell('e'); /* what is pending for a thread ends with it */
    join(thread);
    SHOW(got);
    SHOW(is_pending(SIGUSR1));
    GIVES(pthread_kill(pthread_self(), 65));
    GIVES(pthread_kill(pthread_self(), 0));
    GIVES(pthread_sigmask(7, &(sigset_t){0}, NULL));
    return 0;
}
