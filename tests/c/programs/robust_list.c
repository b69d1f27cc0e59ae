/* set_robust_list, get_robust_list, and what the kernel does with a list when its thread ends. */
#include "threads.h"

struct entry {
    struct entry *next;
    long filler;
    _Atomic unsigned word;
};

struct head {
    struct entry *first;
    long offset;
    struct entry *pending;
};

static struct {
    struct head head;
    struct entry entries[4];
    steps ready;
} *shared;

static void *hold(void *argument) {
    struct entry *entries = shared->entries;
    unsigned own = (unsigned)gettid();
    shared->head.offset = offsetof(struct entry, word);
    shared->head.first = &entries[0];
    entries[0].next = &entries[1];
    entries[1].next = &entries[2];
    entries[2].next = (struct entry *)&shared->head;
    shared->head.pending = &entries[3];
    entries[0].word = own;
    entries[1].word = 1; /* somebody else's */
    entries[2].word = own | FUTEX_WAITERS;
    entries[3].word = own;
    CALL(syscall(SYS_set_robust_list, &shared->head, sizeof shared->head));
    step(&shared->ready);
    return NULL;
}

static void *in_thread(void *argument) {
    hold(NULL);
    syscall(SYS_exit, 0); /* past the C library, which would tidy up */
    return NULL;
}

static int in_process(void) {
    hold(NULL);
    return 0;
}

static int circle(void) {
    hold(NULL);
    shared->entries[2].next = &shared->entries[0]; /* the kernel does not go round for ever */
    return 0;
}

static int nowhere(void) {
    hold(NULL);
    shared->entries[0].next = (struct entry *)8;
    return 0;
}

static int wait_for_it(void) {
    step(&shared->ready);
    unsigned now;
    while (!((now = shared->entries[2].word) & FUTEX_OWNER_DIED))
        futex(&shared->entries[2].word, FUTEX_WAIT, now, NULL, NULL, 0);
    return 7;
}

static void show_words(void) {
    for (int i = 0; i < 4; i++) {
        unsigned word = shared->entries[i].word;
        printf("entry %d: owner %d%s%s\n", i, (word & FUTEX_TID_MASK) > 1 ? 2 : (int)(word & FUTEX_TID_MASK),
               word & FUTEX_WAITERS ? ", waited for" : "", word & FUTEX_OWNER_DIED ? ", its owner died" : "");
        shared->entries[i].word = 0;
    }
}

int main(void) {
    struct head *found = NULL;
    size_t size = 0;
    shared = map_shared(sizeof *shared);
    CALL(syscall(SYS_get_robust_list, 0, &found, &size));
    TRUE(found == NULL && size == sizeof *found);
    CALL(syscall(SYS_set_robust_list, &shared->head, sizeof *found + 1));
    CALL(syscall(SYS_set_robust_list, &shared->head, 0));
    CALL(syscall(SYS_set_robust_list, &shared->head, sizeof *found));
    CALL(syscall(SYS_get_robust_list, getpid(), &found, &size));
    TRUE(found == &shared->head);
    CALL(syscall(SYS_get_robust_list, 0, (void *)8, &size));
    CALL(syscall(SYS_get_robust_list, 0, &found, (void *)8));
    CALL(syscall(SYS_get_robust_list, 1 << 30, &found, &size));
    CALL(syscall(SYS_get_robust_list, 1, &found, &size)); /* somebody else's */
    CALL(syscall(SYS_set_robust_list, NULL, sizeof *found));

    puts("a process");
    in_child("holder", in_process);
    show_words();
    puts("a thread");
    pthread_t thread = begin(in_thread, NULL);
    await(&shared->ready, 2);
    while (shared->entries[3].word != FUTEX_OWNER_DIED)
        sched_yield();
    show_words();
    (void)thread;
    puts("a list without end");
    in_child("holder", circle);
    show_words();
    puts("a list that leads nowhere");
    in_child("holder", nowhere);
    show_words();

    puts("waited for");
    shared->ready = 0;
    shared->entries[2].word = 1;
    pid_t waiter = fork();
    if (waiter == 0)
        _exit(wait_for_it());
    await(&shared->ready, 1);
    in_child("holder", in_process);
    show_end("waiter", waiter);
    return 0;
}
