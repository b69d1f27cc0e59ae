// Quicksort of a million pseudo-random integers, several times over.
#include <stdint.h>
#include <stdio.h>

static const uint32_t EXPECTED = 0xc6eae352;

enum { COUNT = 1000000, ROUNDS = 11 };

static uint32_t values[COUNT];

static void sort(uint32_t *first, uint32_t *last)
{
    while (first < last) {
        uint32_t pivot = first[(last - first) / 2], *i = first, *j = last;
        while (i <= j) {
            while (*i < pivot)
                i++;
            while (pivot < *j)
                j--;
            if (i <= j) {
                uint32_t value = *i;
                *i++ = *j;
                *j-- = value;
            }
        }
        sort(first, j);
        first = i;
    }
}

int main(void)
{
    uint32_t seed = 1, sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < COUNT; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            values[i] = seed;
        }
        sort(values, values + COUNT - 1);
        for (int i = 1; i < COUNT; i++) {
            if (values[i - 1] > values[i])
                return 2;
            sum = sum * 31 + values[i];
        }
    }
    printf("quicksort %08x\n", (unsigned)sum);
    return sum != EXPECTED;
}
