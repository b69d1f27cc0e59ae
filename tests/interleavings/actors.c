/* Threads that do as they are told. What each is to do is read from standard input: a struct script, and behind it the
   actions of one thread after the other. What they did is written to standard output: a note of each action, in the
   order of their effects, and the cells. An action that others wait for is noted before it takes effect, one that
   waits afterwards, and one under a mutex while that is held: so the notes can be replayed one by one. */
#include "locks.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { THREADS = 16, MUTEXES = 6, TOKENS = 24, BARRIERS = 4, CELLS = 8, NOTES = 4096, ACTIONS = 4096 };
enum { HANDLED = 8, SIGNALS = 12 }; /* signals of ours below HANDLED are taken, the others have a handler */

enum { LOCK, UNLOCK, UPDATE, POST, TAKE, TRY, MEET, COUNT, AWAIT, START, JOIN, SEND, RAISE, RECEIVE, MASK, FORK, VFORK,
       YIELD, SPIN, NAP, SLEEP_ON, CANCEL, END, HANDLER };
enum { JOINED, LAST_ONE, EXIT_GROUP, TERMINATED, KILLED, EXECUTED, FAULTED };
enum { ALONE, WITH_A_THREAD, WITH_A_STOP };
enum { LEAVES, LEAVES_BY_CALL, WAITS_FOR_WORD, WAITS_FOR_SIGNAL, WAITS_FOR_ONE_SIGNAL, WAITS_FOR_BYTES, REPORTS };

struct action { uint8_t what, a, b, c; };
struct note { uint8_t who, at, what, result; };
struct script { uint8_t lasting, ending, kinds[MUTEXES], tokens[TOKENS], parties[BARRIERS], lengths[THREADS]; };

static struct { struct script script; struct action actions[ACTIONS]; } told;
static struct { struct mutex mutexes[MUTEXES]; word conditions[MUTEXES]; } *common;
static struct { word noted; struct note notes[NOTES]; uint32_t cells[CELLS]; } report;
static word tokens[TOKENS], started[THREADS], alive;
static uint32_t counters[CELLS];
static struct barrier barriers[BARRIERS];
static pthread_t handles[THREADS];
static pid_t tids[THREADS];
static const struct action *parts[THREADS];
static char *name;
static _Thread_local uint8_t me, at;

static void note(int what, int result) {
    uint32_t place = atomic_fetch_add(&report.noted, 1);
    if (place < NOTES)
        report.notes[place] = (struct note){me, at, what, result};
}

static void handle(int signal, siginfo_t *info, void *context) {
    int error = errno;
    note(HANDLER, signal == SIGUSR1 ? SIGNALS - 1 : signal - SIGRTMIN);
    errno = error;
}

static void mask(int how, int low, int high) {
    sigset_t set;
    sigemptyset(&set);
    for (int number = low; number < high; number++)
        sigaddset(&set, number == SIGNALS - 1 ? SIGUSR1 : SIGRTMIN + number);
    sigprocmask(how, &set, NULL);
}

static void send(int thread, int number, int value) {
    siginfo_t info = {.si_code = SI_QUEUE};
    int signal = number == SIGNALS - 1 ? SIGUSR1 : SIGRTMIN + number;
    info.si_pid = getpid(), info.si_uid = getuid(), info.si_value.sival_int = value;
    if (thread < 0)
        sigqueue(getpid(), signal, info.si_value);
    else
        syscall(SYS_rt_tgsigqueueinfo, getpid(), tids[thread], signal, &info);
}

static int receive(int number) {
    siginfo_t info;
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGRTMIN + number);
    while (sigwaitinfo(&set, &info) < 0)
        ;
    return info.si_value.sival_int;
}

static int code_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) != child)
        if (errno != EINTR)
            return 97;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 96;
}

static void *child_thread(void *cell) { return (void *)(uintptr_t)(*(uint32_t *)cell + 1); }

/* A child that has the caller alone, whatever others are about. It makes a thread of its own, or it stops all of its
   parent's threads and lets them go on, if it is told so. */
static int child_of_fork(int cell, int how) {
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        void *result = (void *)(uintptr_t)report.cells[cell];
        pthread_t thread;
        if (syscall(SYS_gettid) != getpid())
            _exit(99);
        if (how == WITH_A_STOP && (kill(parent, SIGSTOP) || kill(parent, SIGCONT)))
            _exit(98);
        if (how == WITH_A_THREAD && pthread_create(&thread, NULL, child_thread, &report.cells[cell]))
            _exit(98);
        if (how == WITH_A_THREAD)
            pthread_join(thread, &result);
        _exit((uintptr_t)result & 63);
    }
    return code_of(child);
}

static int child_of_vfork(int code) {
    pid_t child = vfork();
    if (child == 0)
        _exit(code);
    return code_of(child);
}

static void *begin(void *number);

/* A thread has started when its creator knows its handle and it has told its tid. */
static void tell_started(int thread, int bit) {
    atomic_fetch_or(&started[thread], bit);
    futex(&started[thread], FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void wait_for_start(int thread) {
    uint32_t seen;
    while ((seen = atomic_load(&started[thread])) != 3)
        futex(&started[thread], FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

/* With the handled signals masked, so that no handler runs in a thread that does not know yet who it is. */
static void create(int thread) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&handles[thread], NULL, begin, (void *)(uintptr_t)thread))
        abort();
    sigprocmask(SIG_SETMASK, &before, NULL);
    tell_started(thread, 1);
}

static int join(int thread) {
    void *result;
    wait_for_start(thread);
    pthread_join(handles[thread], &result);
    return result == PTHREAD_CANCELED ? 255 : (int)(uintptr_t)result;
}

static void count(int mutex, int counter) {
    int is_orphaned = lock(&common->mutexes[mutex]);
    counters[counter]++;
    note(COUNT, is_orphaned);
    announce(&common->conditions[mutex], &common->mutexes[mutex]);
    unlock(&common->mutexes[mutex]);
}

static void await_count(int mutex, int counter, uint32_t least) {
    if (lock(&common->mutexes[mutex]))
        note(AWAIT, 1);
    while (counters[counter] < least)
        if (await(&common->conditions[mutex], &common->mutexes[mutex]))
            note(AWAIT, 1);
    note(AWAIT, 0);
    unlock(&common->mutexes[mutex]);
}

static void update(uint32_t *cell, uint32_t number) {
    uint32_t before = *(volatile uint32_t *)cell;
    for (volatile int turn = 0; turn < 3; turn++)
        ;
    *(volatile uint32_t *)cell = before * 5 + number;
}

static void change_mask(int how, int number) {
    if (how == SIG_UNBLOCK)
        note(MASK, 0);
    mask(how, number ? number : HANDLED, number ? number + 1 : SIGNALS);
    if (how == SIG_BLOCK)
        note(MASK, 0);
}

static void write_all(const void *bytes, size_t size) {
    for (ssize_t done; size; bytes = (const char *)bytes + done, size -= done)
        if ((done = write(1, bytes, size)) < 0)
            abort();
}

static void write_report(void) {
    uint32_t noted = atomic_load(&report.noted);
    write_all(&noted, sizeof noted);
    write_all(report.notes, noted * sizeof report.notes[0]);
    write_all(report.cells, sizeof report.cells);
}

static void end_all(int ending) {
    char pid[16];
    write_report();
    if (ending == EXIT_GROUP)
        _exit(7);
    if (ending == FAULTED)
        *(volatile int *)8 = 1;
    if (ending == TERMINATED || ending == KILLED)
        kill(getpid(), ending == KILLED ? SIGKILL : SIGTERM);
    snprintf(pid, sizeof pid, "%d", getpid());
    if (ending == EXECUTED)
        execl(name, "again", pid, (char *)NULL);
}

static void end(int how) {
    int ends[2];
    char byte;
    if (how == LEAVES || how == LEAVES_BY_CALL || how == REPORTS) /* the others may be late for the report */
        note(END, 0);
    if (told.script.ending == LAST_ONE && me < told.script.lasting && atomic_fetch_sub(&alive, 1) == 1)
        write_report();
    if (how == REPORTS)
        end_all(told.script.ending);
    if (how == LEAVES_BY_CALL)
        pthread_exit((void *)(uintptr_t)(100 + me));
    while (how == WAITS_FOR_WORD)
        futex(&alive, FUTEX_WAIT, alive, NULL, NULL, 0);
    while (how == WAITS_FOR_SIGNAL)
        pause();
    while (how == WAITS_FOR_ONE_SIGNAL)
        receive(0);
    while (how == WAITS_FOR_BYTES)
        (void)(pipe(ends) || read(ends[0], &byte, 1));
}

static void sleep_on(void) {
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    for (;;)
        pause();
}

static void act(struct action now) {
    struct timespec nap = {0, now.a * 1000};
    switch (now.what) {
    case LOCK: note(LOCK, lock(&common->mutexes[now.a])); break;
    case UNLOCK: note(UNLOCK, 0), unlock(&common->mutexes[now.a]); break;
    case UPDATE: update(&report.cells[now.a], now.b); break;
    case POST: note(POST, 0), post(&tokens[now.a]); break;
    case TAKE: take(&tokens[now.a]), note(TAKE, 0); break;
    case TRY: note(TRY, take_within(&tokens[now.a], now.b)); break;
    case MEET: note(MEET, 0), meet(&barriers[now.a]), note(MEET, 1); break;
    case COUNT: count(now.a, now.b); break;
    case AWAIT: await_count(now.a, now.b, now.c); break;
    case START: note(START, 0), create(now.a); break;
    case JOIN: note(JOIN, join(now.a)); break;
    case SEND: wait_for_start(now.a), note(SEND, 0), send(now.a, now.b, now.c); break;
    case RAISE: note(RAISE, 0), send(-1, now.a, now.b); break;
    case RECEIVE: note(RECEIVE, receive(now.a)); break;
    case MASK: change_mask(now.a ? SIG_UNBLOCK : SIG_BLOCK, now.b); break;
    case FORK: note(FORK, child_of_fork(now.a, now.b)); break;
    case VFORK: note(VFORK, child_of_vfork(now.a)); break;
    case YIELD: sched_yield(); break;
    case SPIN: for (volatile int turn = now.a; turn; turn--); break;
    case NAP: nanosleep(&nap, NULL); break;
    case SLEEP_ON: sleep_on(); break;
    case CANCEL: wait_for_start(now.a), note(CANCEL, 0), pthread_cancel(handles[now.a]); break;
    case END: end(now.a);
    }
}

static void *begin(void *number) {
    me = (uintptr_t)number;
    tids[me] = syscall(SYS_gettid);
    tell_started(me, 2);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (at = 0; at < told.script.lengths[me]; at++)
        act(parts[me][at]);
    return (void *)(uintptr_t)(100 + me);
}

static void prepare(void) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    const struct action *next = told.actions;
    char *bytes = (char *)&told;
    for (ssize_t done; (done = read(0, bytes, (char *)(&told + 1) - bytes)) > 0;)
        bytes += done;
    for (int thread = 0; thread < THREADS; next += told.script.lengths[thread++])
        parts[thread] = next;
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int number = 0; number < MUTEXES; number++)
        prepare_mutex(&common->mutexes[number], told.script.kinds[number]);
    for (int number = 0; number < TOKENS; number++)
        tokens[number] = told.script.tokens[number];
    for (int number = 0; number < BARRIERS; number++)
        barriers[number].parties = told.script.parties[number];
    alive = told.script.lasting;
    mask(SIG_BLOCK, 0, SIGNALS);
    for (int number = HANDLED; number < SIGNALS; number++)
        sigaction(number == SIGNALS - 1 ? SIGUSR1 : SIGRTMIN + number, &action, NULL);
}

int main(int argc, char **argv) {
    if (argc == 2)
        return getpid() == atoi(argv[1]) && syscall(SYS_gettid) == getpid() ? 3 : 4;
    name = argv[0];
    prepare();
    tell_started(0, 1);
    begin(NULL);
    return 0;
}
