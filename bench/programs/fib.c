// Fibonacci numbers by recursion: calls and returns.
#include <stdio.h>

enum { N = 38, RESULT = 39088169 };

static __attribute__((noinline)) unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(void)
{
    unsigned result = fib(N);
    printf("fib %u\n", result);
    return result != RESULT;
}
