/* The child leaves a deep call by longjmp, and lands in the function that called vfork, never above it: no frame of
 * the parent's is left, so this is no return. (longjmp is async-signal-safe in POSIX.1-2017, setjmp is not a
 * function.)
 *
 * Verdict: clean
 *
 * Output:
 *   status 3
 * Exit status: 0
 */
#include <setjmp.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int deep(jmp_buf back, int depth)
{
    if (depth == 0)
        longjmp(back, 3);
    return deep(back, depth - 1) + 1;
}

int main(void)
{
    jmp_buf back;
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        int result = setjmp(back);
        if (result == 0)
            deep(back, 5);
        _exit(result);
    }
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
