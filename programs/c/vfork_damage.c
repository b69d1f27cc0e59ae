/* A vfork child runs in its parent's memory: what it writes to static data, to the heap and to a local variable of the
 * function that called vfork, the parent finds. An emulator that turns vfork into fork prints 1, 1, 1.
 *
 * Expected output:
 *   parent: static 2, heap 2, local 2
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int data = 1;

int main(void)
{
    volatile int local = 1;
    volatile int *heap = malloc(sizeof *heap);
    *heap = 1;

    pid_t child = vfork();
    if (child == 0) {
        data = *heap = local = 2;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: static %d, heap %d, local %d\n", data, *heap, local);
    return 0;
}
