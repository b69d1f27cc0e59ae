/* O_NONBLOCK belongs to the open file description, not to the descriptor: the child sets it "for its own" end, and the
 * parent's reads fail with EAGAIN.
 *
 * Verdict:
 *   warning shared-offset 24
 *
 * Output:
 *   the parent's read does not wait any more
 * Exit status: 0
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    char byte;
    pipe(ends);
    pid_t child = vfork();
    if (child == 0) {
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (read(ends[0], &byte, 1) < 0 && errno == EAGAIN)
        puts("the parent's read does not wait any more");
    return 0;
}
