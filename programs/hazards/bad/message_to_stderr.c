/* The commonest line behind an exec that failed. The stream has no buffer, so nothing is lost or printed twice; yet
 * fprintf takes a lock and may allocate.
 *
 * Verdict:
 *   warning unsafe-call 17
 *
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (vfork() == 0) {
        execl("/bin/nothing", "nothing", (char *)NULL);
        fprintf(stderr, "cannot run %s\n", "/bin/nothing");
        _exit(127);
    }
    wait(NULL);
    fprintf(stderr, "the parent goes on\n");
    return 0;
}
