/* The child returns from the function that called vfork, and the parent comes back to a frame that is not its own.
 *
 * Verdict:
 *   error return 13 used 13
 *
 * Native: no
 */
#include <unistd.h>

__attribute__((noinline)) static int start(void)
{
    pid_t pid = vfork();
    return pid == 0 ? 1 : 2;
}

int main(void)
{
    if (start() == 1)
        _exit(0);
    _exit(0);
}
