/* So many times fork, and each process notes which side it is on: twice, or as often as the argument says.
 *
 * What has been noted waits in stdio's buffer, which fork copies. So each of the 2^n processes writes one text, at its
 * end, with what its ancestors noted in it. No two texts are alike, and nobody waits for anybody: they come in any
 * order, that is in (2^n)! of them.
 *
 * Expected output:
 *   parent parent
 *   child parent
 *   parent child
 *   child child
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 24
 * Outcomes with 1: 2
 * Outcomes with 3: 40320
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 2;
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ); /* at a terminal, too, nothing is written before the end */
    for (int round = 0; round < rounds; round++)
        printf("%s%s", round ? " " : "", fork() == 0 ? "child" : "parent");
    printf("\n");
    return 0;
}
