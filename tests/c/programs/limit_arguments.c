/* A quarter of the stack's limit is for arguments and environment, but no less than 128 KiB; one has 128 KiB at most. */
#include "show.h"

enum { EACH = 1000, MOST = 8192 };

static char string[140000];
static char *arguments[MOST];

/* Run this program with ``count`` arguments of EACH bytes and their NULs, under a limit of the stack. */
static void with(long soft, int count) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit both;
        getrlimit(RLIMIT_STACK, &both);
        both.rlim_cur = soft;
        setrlimit(RLIMIT_STACK, &both);
        for (int i = 0; i < count; i++)
            arguments[i] = string;
        string[EACH] = 0;
        char *none[] = {NULL};
        execve("./prog", arguments, none);
        printf("%ld: %s\n", soft, strerror(errno));
        _exit(1);
    }
    show_end("with arguments", child);
}

static int with_one(int length) {
    char *two[] = {"./prog", string, NULL}, *none[] = {NULL};
    string[length] = 0;
    execve("./prog", two, none);
    return errno != E2BIG;
}

static int fits(void) { return with_one(131071); }
static int is_too_long(void) { return with_one(131072); }

int main(int argc, char **argv) {
    if (argc > 1 || argv[0][0] == 'a') {
        size_t size = 0;
        for (int i = 0; i < argc; i++)
            size += strlen(argv[i]);
        printf("%d arguments of %d bytes\n", argc, (int)size);
        return 0;
    }
    memset(string, 'a', sizeof string - 1);
    in_child("fits", fits);
    in_child("is too long", is_too_long);
    memset(string, 'a', sizeof string - 1);
    with(8 << 20, 2000);
    with(8 << 20, 2200);
    with(1 << 20, 250);
    with(1 << 20, 280);
    with(512 << 10, 128);
    with(512 << 10, 140);
    with(256 << 10, 125);
    with(256 << 10, 140);
    with(96 << 10, 80);
    with(96 << 10, 100);
    with(RLIM_INFINITY, 6000);
    with(RLIM_INFINITY, 6500);
    return 0;
}
