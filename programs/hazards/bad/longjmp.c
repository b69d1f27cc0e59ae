/* The child jumps out of the function that called vfork.
 *
 * Verdict:
 *   error return 16
 *
 * Native: no
 */
#include <setjmp.h>
#include <unistd.h>

static jmp_buf top;

__attribute__((noinline)) static void start(void)
{
    if (vfork() == 0)
        longjmp(top, 1);
    _exit(0);
}

int main(void)
{
    if (setjmp(top) == 0)
        start();
    _exit(0);
}
