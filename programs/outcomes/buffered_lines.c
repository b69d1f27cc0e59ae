/* Parent and child print two lines each; how they can mix depends on where the output goes.
 *
 * At a terminal stdio writes each line by itself: each process keeps its own order, 4!/(2! 2!) mixtures. Into a pipe it
 * writes all at once, at the end of the process: one process comes first, and then the other. musl writes the first
 * line in any case, since it only then asks what the output is; so the buffer is told what to do before.
 *
 * Expected output:
 *   parent: one
 *   parent: two
 *   child: one
 *   child: two
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 6
 * Outcomes with --stdout pipe: 2
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    const char *name = fork() == 0 ? "child" : "parent";
    printf("%s: one\n", name);
    printf("%s: two\n", name);
    return 0;
}
