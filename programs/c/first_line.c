/* Which of these lines come out twice? Not at a terminal a C library collects what is printed, and fork copies what it
 * has collected: with glibc both lines come out twice. musl decides only when it first writes whether its standard output
 * is a terminal, and until then writes each line that ends: the first one is out before fork copies anything.
 *
 *     setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
 *
 * before the first line makes both libraries collect from the beginning.
 *
 * Expected output:
 *   the first line
 *   the second line
 *   the second line
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("the first line\n");
    printf("the second line\n");
    if (fork() == 0)
        return 0;
    wait(NULL);
    return 0;
}
