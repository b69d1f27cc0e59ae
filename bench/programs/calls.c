// A hundred thousand system calls that do next to nothing.
#include <stdio.h>
#include <unistd.h>

enum { CALLS = 100000 };

int main(void)
{
    long sum = 0;
    for (int i = 0; i < CALLS; i++)
        sum += getppid() > 0;
    printf("calls %ld\n", sum);
    return sum != CALLS;
}
