/* Processes count together in one shared word without a lock: a load, an add, a store.
 *
 * What others stored between the load and the store is lost. At most nothing is. The least that can be left is not
 * what one process counts, but 2: let the first load the 0, and store its 1 when another has all but its last round
 * behind it; that one loads the 1, and stores its 2 when all others are done. In a single round the least is 1. The
 * outcomes are the totals from there to the product. The arguments are rounds for each process, and processes; 2 and 2
 * without.
 *
 * Expected output:
 *   4
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 3
 * Outcomes with 1 2: 2
 * Outcomes with 2 3: 5
 * Outcomes with 3 3: 8
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 2, processes = argc > 2 ? atoi(argv[2]) : 2;
    volatile int *total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[MOST];
    if (total == MAP_FAILED || processes > MOST)
        return 1;
    for (int i = 0; i < processes; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            for (int round = 0; round < rounds; round++)
                *total = *total + 1;
            _exit(0);
        }
    }
    for (int i = 0; i < processes; i++)
        waitpid(children[i], NULL, 0);
    dprintf(STDOUT_FILENO, "%d\n", *total);
    return 0;
}
