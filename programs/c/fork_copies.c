/* fork gives the child a copy of everything: static data, heap, stack. Neither process sees what the other writes.
 *
 * Expected output:
 *   child:  data 2, heap 2, stack 2
 *   parent: data 1, heap 1, stack 1
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int data = 1;

int main(void)
{
    int stack = 1;
    int *heap = malloc(sizeof *heap);
    *heap = 1;

    pid_t child = fork();
    if (child == 0) {
        data = *heap = stack = 2;
        printf("child:  data %d, heap %d, stack %d\n", data, *heap, stack);
        return 0;
    }
    waitpid(child, NULL, 0);
    printf("parent: data %d, heap %d, stack %d\n", data, *heap, stack);
    free(heap);
    return 0;
}
