/* A server that forks its workers in advance: each inherits a table of 4 MiB and changes a little of it. How much memory
 * that costs depends on how fork makes its copies; what the workers compute does not.
 *
 * Expected output:
 *   worker 0: 1048576 entries, 16 changed
 *   worker 1: 1048576 entries, 32 changed
 *   worker 2: 1048576 entries, 48 changed
 *   parent:   1048576 entries, 0 changed
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRIES = 1 << 20, WORKERS = 3, STRIDE = 4096 };

static int *table;

static int changed(void)
{
    int count = 0;
    for (int i = 0; i < ENTRIES; i++)
        count += table[i] != i;
    return count;
}

int main(void)
{
    table = malloc(ENTRIES * sizeof *table);
    for (int i = 0; i < ENTRIES; i++)
        table[i] = i;
    int gates[WORKERS][2];
    for (int worker = 0; worker < WORKERS; worker++) {
        pipe(gates[worker]);
        if (fork() == 0) {
            char byte;
            close(gates[worker][1]);
            read(gates[worker][0], &byte, 1); /* all workers exist before one begins */
            for (int i = 0; i < 16 * (worker + 1); i++)
                table[i * STRIDE]++;
            printf("worker %d: %d entries, %d changed\n", worker, ENTRIES, changed());
            return 0;
        }
        close(gates[worker][0]);
    }
    for (int worker = 0; worker < WORKERS; worker++) {
        write(gates[worker][1], "", 1);
        wait(NULL);
    }
    printf("parent:   %d entries, %d changed\n", ENTRIES, changed());
    return 0;
}
