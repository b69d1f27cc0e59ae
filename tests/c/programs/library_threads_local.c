/* Thread-local variables, atomics, setjmp, environment, getopt: the C library at work.
   Arguments: -a -b value rest
   Input: one line\nand another\n */
#include "show.h"
#include <setjmp.h>
#include <stdatomic.h>

static _Thread_local int local = 41;
static _Atomic int counter;
static jmp_buf place;

static void jump(int depth) {
    if (depth == 0)
        longjmp(place, 12);
    jump(depth - 1);
}

int main(int argc, char **argv) {
    local++;
    SHOW(local);
    pid_t child = fork();
    if (child == 0)
        _exit(++local);
    show_end("child", child);
    SHOW(local);
    for (int i = 0; i < 1000; i++)
        atomic_fetch_add(&counter, i);
    int expected = 499500;
    SHOW(atomic_compare_exchange_strong(&counter, &expected, 3));
    SHOW(counter);
    SHOW(atomic_exchange(&counter, 9));
    int jumped = setjmp(place);
    if (!jumped)
        jump(10);
    SHOW(jumped);
    for (int option; (option = getopt(argc, argv, "ab:")) != -1;)
        printf("option %c %s\n", option, optarg ? optarg : "");
    puts(argv[optind]);
    char line[100];
    while (fgets(line, sizeof line, stdin))
        printf("line %s", line);
    setenv("NEW", "value", 1);
    setenv("NEW", "other", 0);
    puts(getenv("NEW"));
    putenv("PUT=1");
    puts(getenv("PUT"));
    clearenv();
    TRUE(getenv("NEW") == NULL);
    fprintf(stderr, "to standard error\n");
    return 3;
}
