/* The child closes a stream: its descriptor is its own, but the stream is the parent's.
 *
 * Verdict:
 *   error damage 19
 *   warning unsafe-call 19
 *
 * Native: no
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    FILE *file = fopen("/exit.c", "r");
    char byte[2];
    if (!file)
        return 1;
    if (vfork() == 0) {
        fclose(file);
        _exit(0);
    }
    return fread(byte, 1, 2, file) == 3;
}
