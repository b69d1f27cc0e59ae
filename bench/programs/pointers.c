// Calls through function pointers, chosen by a pseudo-random sequence.
#include <stdint.h>
#include <stdio.h>

static const uint32_t EXPECTED = 0x74b2f5d5;

typedef uint32_t operation(uint32_t);

static uint32_t add(uint32_t x) { return x + 0x9e3779b9u; }
static uint32_t rotate(uint32_t x) { return x << 7 | x >> 25; }
static uint32_t mix(uint32_t x) { return x ^ x >> 15; }
static uint32_t multiply(uint32_t x) { return x * 2246822519u; }
static uint32_t complement(uint32_t x) { return ~x; }
static uint32_t halve(uint32_t x) { return x & 1 ? x + (x >> 1) : x >> 1 | 1; }
static uint32_t reverse(uint32_t x)
{
    x = (x & 0x55555555u) << 1 | (x >> 1 & 0x55555555u);
    x = (x & 0x33333333u) << 2 | (x >> 2 & 0x33333333u);
    return (x & 0x0f0f0f0fu) << 4 | (x >> 4 & 0x0f0f0f0fu);
}
static uint32_t swap(uint32_t x) { return x << 16 | x >> 16; }

static operation *const volatile operations[8] = {add, rotate, mix, multiply, complement, halve, reverse, swap};

int main(void)
{
    uint32_t value = 1, seed = 99;
    for (int i = 0; i < 80000000; i++) {
        seed = seed * 1664525u + 1013904223u;
        value = operations[seed >> 29](value);
    }
    printf("pointers %08x\n", (unsigned)value);
    return value != EXPECTED;
}
