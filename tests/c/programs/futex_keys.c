/* What makes two words the same futex: the address in one memory, or the place in shared memory or in a file. */
#include "threads.h"

static _Atomic int word;
static char *page;

static void *wait_shared(void *where) { return (void *)futex(where, FUTEX_WAIT, 0, NULL, NULL, 0); }
static void *wait_private(void *where) { return (void *)futex(where, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0); }

static void show(const char *what, void *waits, void *wakes) {
    printf("%s:\n", what);
    pthread_t shared = begin(wait_shared, waits), private = begin(wait_private, waits);
    await_waiters(waits, 0, 1);
    await_waiters(waits, FUTEX_PRIVATE_FLAG, 1);
    CALL(futex(wakes, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    CALL(futex(wakes, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    futex(waits, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    futex(waits, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    join(shared);
    join(private);
}

static int wake_in_child(void) {
    return (int)futex(page, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static int wake_privately_in_child(void) {
    return (int)futex(page, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void from_child(const char *what, void *where) {
    page = where;
    printf("%s:\n", what);
    pthread_t thread = begin(wait_shared, page);
    await_waiters(page, 0, 1);
    in_child("private wake", wake_privately_in_child);
    in_child("wake", wake_in_child);
    futex(page, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    join(thread);
}

static char *map(int fd, int flags, int protection, off_t offset) {
    return mmap(NULL, 4096, protection, flags, fd, offset);
}

static void change_nothing(void) {
    int variable = 0;
    unsigned *words[] = {(unsigned *)map(-1, MAP_PRIVATE | MAP_ANONYMOUS, PROT_READ, 0),
                         (unsigned *)map(-1, MAP_SHARED | MAP_ANONYMOUS, PROT_READ, 0),
                         (unsigned *)((uintptr_t)map & -4)};
    const char *names[] = {"private memory", "shared memory", "code"};
    struct timespec soon = {0, 1000};
    for (int i = 0; i < 3; i++) {
        printf("%s that can only be read:\n", names[i]);
        unsigned *word = words[i];
        for (int flag = 0; flag <= FUTEX_PRIVATE_FLAG; flag += FUTEX_PRIVATE_FLAG) {
            CALL(futex(word, FUTEX_WAIT | flag, *word, &soon, NULL, 0));
            CALL(futex(word, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
            CALL(futex(word, FUTEX_REQUEUE | flag, 1, (void *)1, &variable, 0));
            CALL(futex(&variable, FUTEX_REQUEUE | flag, 1, (void *)1, word, 0));
            CALL(futex(&variable, FUTEX_WAKE_OP | flag, 1, (void *)1, word, 0));
            CALL(futex(word, FUTEX_WAKE_OP | flag, 1, (void *)1, &variable, 0));
            CALL(futex(word, FUTEX_LOCK_PI | flag, 0, NULL, NULL, 0));
            CALL(futex(word, FUTEX_UNLOCK_PI | flag, 0, NULL, NULL, 0));
        }
    }
}

int main(void) {
    enum { BOTH = PROT_READ | PROT_WRITE };
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, NULL); /* else a thread that waits may wake to take it, and waits anew later */
    show("one word", (void *)&word, (void *)&word);
    from_child("a variable, in a child", (void *)&word);
    page = map(-1, MAP_SHARED | MAP_ANONYMOUS, BOTH, 0);
    show("shared memory", page, page);
    show("another word of it", page, page + 4);
    from_child("shared memory, in a child", page);
    from_child("private memory, in a child", map(-1, MAP_PRIVATE | MAP_ANONYMOUS, BOTH, 0));

    int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600), second = open("file", O_RDWR);
    ftruncate(fd, 8192);
    char *first = map(fd, MAP_SHARED, BOTH, 0), *again = map(second, MAP_SHARED, BOTH, 0);
    show("a file mapped twice", first + 8, again + 8);
    show("another page of it", first, map(fd, MAP_SHARED, BOTH, 4096));
    show("a private mapping of it", first, map(fd, MAP_PRIVATE, BOTH, 0));
    from_child("a file, in a child", first);
    char *read_only = map(fd, MAP_SHARED, PROT_READ, 0);
    show("woken where it can only be read", first, read_only);
    show("waited for where it can only be read", read_only, first);
    unlink("file");

    puts("moved while one waits:");
    char *place = map(-1, MAP_SHARED | MAP_ANONYMOUS, BOTH, 0);
    pthread_t thread = begin(wait_shared, place);
    await_waiters(place, 0, 1);
    char *moved = mremap(place, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, map(-1, MAP_PRIVATE | MAP_ANONYMOUS, BOTH, 0));
    CALL(futex(moved, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    join(thread);

    puts("unmapped:");
    CALL(futex(place, FUTEX_WAIT, 0, NULL, NULL, 0));
    CALL(futex(place, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(place, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    CALL(futex(place, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    char *hidden = map(-1, MAP_PRIVATE | MAP_ANONYMOUS, PROT_NONE, 0);
    CALL(futex(hidden, FUTEX_WAIT, 0, NULL, NULL, 0));
    CALL(futex(hidden, FUTEX_WAKE, 1, NULL, NULL, 0));
    CALL(futex(hidden, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    change_nothing();
    return 0;
}
