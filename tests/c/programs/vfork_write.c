/* A vfork child writes into its parent's memory: globals, stack and heap. */
#include "show.h"

static int global = 1;

int main(void) {
    volatile int local = 1;
    int *volatile heap = malloc(sizeof *heap);
    *heap = 1;
    pid_t parent = getpid();
    pid_t child = vfork();
    if (child == 0) {
        global = 2;
        local = 3;
        *heap = getpid() != parent && getppid() == parent ? 4 : 5;
        _exit(6);
    }
    printf("%d %d %d\n", global, local, *heap);
    show_end("the child", child);
    return 0;
}
