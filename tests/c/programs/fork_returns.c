/* fork returns twice, and memory is copied: what the child writes the parent never sees. */
#include "show.h"

static int global = 1;

int main(void) {
    int local = 1;
    int *heap = malloc(sizeof *heap);
    *heap = 1;
    pid_t before = getpid();
    pid_t child = fork();
    if (child == 0) {
        TRUE(getppid() == before);
        TRUE(getpid() != before);
        global = local = *heap = 2;
        printf("child: %d %d %d\n", global, local, *heap);
        return 40 + global;
    }
    show_end("the child", child);
    TRUE(child > 0);
    printf("parent: %d %d %d\n", global, local, *heap);
    TRUE(getpid() == before);
    return 7;
}
