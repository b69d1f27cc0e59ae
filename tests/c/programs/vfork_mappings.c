/* Memory that a vfork child maps, or allocates, is its parent's afterwards. */
#include "show.h"

int main(void) {
    char *volatile mapped = MAP_FAILED, *volatile allocated = NULL;
    pid_t child = vfork();
    if (child == 0) {
        mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        strcpy(mapped, "mapped by the child");
        allocated = malloc(100);
        strcpy(allocated, "allocated by the child");
        _exit(0);
    }
    show_end("child", child);
    puts(mapped);
    puts(allocated);
    free(allocated);
    CALL(munmap(mapped, 8192));
    return 0;
}
