/* A pseudo-random sequence is state: the child draws from it, and the parent's sequence, seeded to be repeatable, is
 * not.
 *
 * Verdict:
 *   error damage 25 used 27
 *   warning unsafe-call 25
 *
 * Output:
 *   not repeatable
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    srand(1);
    int first = rand(), second = rand();
    srand(1);
    int again = rand();
    pid_t child = vfork();
    if (child == 0)
        _exit(rand() & 7);
    waitpid(child, NULL, 0);
    int next = rand();
    puts(first == again && second == next ? "repeatable" : "not repeatable");
    return 0;
}
