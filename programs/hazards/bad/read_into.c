/* The child reads from a pipe into a buffer of its parent's.
 *
 * Verdict:
 *   error damage 20 used 23
 *
 * Output:
 *   got hello
 * Exit status: 0
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char buffer[8] = "nothing";
    int ends[2];
    pipe(ends);
    write(ends[1], "hello", 6);
    if (vfork() == 0) {
        read(ends[0], buffer, sizeof buffer);
        _exit(0);
    }
    printf("got %s\n", buffer);
    return 0;
}
