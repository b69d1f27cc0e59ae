/* The child calls and returns as often as it likes, through a pointer and through a jump table, as long as it stays
 * below the function that called vfork.
 *
 * Verdict: clean
 *
 * Output:
 *   same
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int step(int kind, int value)
{
    switch (kind) {
    case 0: return value + 1;
    case 1: return value * 3;
    case 2: return value - 2;
    case 3: return value ^ 5;
    case 4: return value / 2;
    case 5: return value << 1;
    default: return value;
    }
}

static __attribute__((noinline)) int walk(int (*function)(int, int), int depth)
{
    if (depth == 0)
        return 1;
    return function(depth % 7, walk(function, depth - 1)) + (walk(function, depth / 2) & 1);
}

int main(void)
{
    int status = 0;
    int (*volatile function)(int, int) = step;
    pid_t child = vfork();
    if (child == 0)
        _exit(walk(function, 12) & 127);
    waitpid(child, &status, 0);
    puts(WEXITSTATUS(status) == (walk(function, 12) & 127) ? "same" : "different");
    return 0;
}
