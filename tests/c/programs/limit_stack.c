/* RLIMIT_STACK: how far a stack grows, lowered and raised while it is used, and what a new program finds. */
#include "show.h"

static const char *self;

static void limit(long soft) {
    struct rlimit both;
    getrlimit(RLIMIT_STACK, &both);
    both.rlim_cur = soft;
    if (setrlimit(RLIMIT_STACK, &both))
        puts(strerror(errno));
}

static int __attribute__((noinline)) into(int kilobytes, volatile char *above) {
    volatile char here[1024];
    here[0] = 1;
    here[1023] = above ? above[0] : 1;
    return kilobytes ? into(kilobytes - 1, here) + here[0] : here[1023] - 1;
}

static int deep(int kilobytes) { return into(kilobytes, NULL); }

static int grows(void) { return deep(3000) != 3000; }

static int lowered(void) {
    limit(1 << 20);
    SHOW(deep(800));
    return deep(2000) != 2000;
}

static int used_before(void) {
    deep(2000);
    limit(1 << 20);
    return deep(1900) != 1900; /* what it has it keeps */
}

static int raised(void) {
    limit(1 << 20);
    deep(800);
    limit(4 << 20);
    return deep(3000) != 3000;
}

static int none(void) {
    limit(0);
    return deep(500) != 500;
}

/* Run this program again with a limit. */
static int again(long soft, const char *kilobytes) {
    limit(soft);
    execl(self, self, kilobytes, NULL);
    return 100 + errno;
}

static int small_is_enough(void) { return again(512 << 10, "300"); }
static int small_is_not_enough(void) { return again(512 << 10, "700"); }
static int large(void) { return again(32 << 20, "20000"); }
static int unlimited(void) { return again(RLIM_INFINITY, "20000"); }
static int nothing(void) { return again(0, "1"); }

static int inherited(void) {
    limit(1 << 20);
    return in_child("of a child", lowered) != SIGSEGV;
}

int main(int argc, char **argv) {
    struct rlimit both;
    self = argv[0];
    if (argc > 1) {
        getrlimit(RLIMIT_STACK, &both);
        SHOW((long)both.rlim_cur);
        return deep(atoi(argv[1])) != atoi(argv[1]);
    }
    SHOW(deep(500));
    in_child("grows", grows);
    in_child("lowered", lowered);
    in_child("used before", used_before);
    in_child("raised", raised);
    in_child("none", none);
    in_child("small is enough", small_is_enough);
    in_child("small is not enough", small_is_not_enough);
    in_child("large", large);
    in_child("unlimited", unlimited);
    in_child("nothing", nothing);
    in_child("inherited", inherited);
    /* A vfork child's limits are not its parent's. */
    pid_t child = vfork();
    if (child == 0) {
        limit(512 << 10);
        execl(self, self, "700", NULL);
        _exit(99);
    }
    show_end("a vfork child", child);
    SHOW(deep(3000));
    return 0;
}
