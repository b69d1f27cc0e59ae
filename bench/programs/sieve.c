// Primes below two million by the sieve of Eratosthenes, several times over.
#include <stdio.h>
#include <string.h>

enum { LIMIT = 2000000, ROUNDS = 60, PRIMES = 148933 };

static unsigned char composite[LIMIT];

static int sieve(void)
{
    int count = 0;
    memset(composite, 0, sizeof composite);
    for (int number = 2; number < LIMIT; number++) {
        if (composite[number])
            continue;
        count++;
        for (int multiple = number + number; multiple < LIMIT; multiple += number)
            composite[multiple] = 1;
    }
    return count;
}

int main(void)
{
    int count = 0;
    for (int round = 0; round < ROUNDS; round++)
        count = sieve();
    printf("sieve %d\n", count);
    return count != PRIMES;
}
