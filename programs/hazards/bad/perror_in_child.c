/* The commonest thing to do when exec fails, and not allowed: perror uses the parent's stderr. As that has no buffer,
 * its positions are as they were.
 *
 * Verdict:
 *   warning unsafe-call 18
 *
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl("/nowhere", "nowhere", (char *)NULL);
        perror("/nowhere");
        _exit(127);
    }
    waitpid(child, NULL, 0);
    return 0;
}
