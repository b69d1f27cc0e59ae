/* The child frees what it has allocated, so that the allocator is as it was; yet a second thread of the parent's might
 * hold the allocator's lock for ever.
 *
 * Verdict:
 *   warning unsafe-call 17
 *   warning unsafe-call 20
 *
 * Exit status: 0
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (vfork() == 0) {
        char *text = malloc(64);
        if (text != NULL)
            text[0] = 1;
        free(text);
        _exit(0);
    }
    wait(NULL);
    char *other = malloc(64);
    return other == NULL;
}
