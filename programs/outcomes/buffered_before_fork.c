/* A line printed before fork comes out once or twice: it may still be in the buffer that fork copies.
 *
 * At a terminal "start" is written before there is a child; then parent and child print a line each: 2 orders. Into a
 * pipe all waits for the end, in two copies: "start" and the own line, from each process in one piece: 2 orders again,
 * of other texts.
 *
 * Expected output:
 *   start
 *   parent
 *   start
 *   child
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 2
 * Outcomes with --stdout pipe: 2
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    printf("start\n");
    printf("%s\n", fork() == 0 ? "child" : "parent");
    return 0;
}
