/* The child allocates from the parent's heap and goes away: the allocator has one slot less for ever.
 *
 * Verdict:
 *   error damage 21 used 25
 *   warning unsafe-call 21
 *
 * Output:
 *   two blocks, and a third that nobody can free
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *first = malloc(40);
    pid_t child = vfork();
    if (child == 0) {
        char *mine = malloc(40);
        _exit(mine == NULL);
    }
    waitpid(child, NULL, 0);
    char *second = malloc(40);
    printf("%s\n", second && first ? "two blocks, and a third that nobody can free" : "no memory");
    return 0;
}
