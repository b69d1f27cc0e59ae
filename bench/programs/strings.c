// Words counted in a hash table of strings: FNV-1a, comparisons, short copies.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint32_t EXPECTED = 0x1e81191a;

enum { SLOTS = 1 << 14, WORDS = 8000000, KINDS = 9000, LONGEST = 16 };

static struct { char word[LONGEST]; uint32_t count; } table[SLOTS];

static uint32_t hash(const char *word)
{
    uint32_t value = 2166136261u;
    for (; *word; word++)
        value = (value ^ (unsigned char)*word) * 16777619u;
    return value;
}

static void spell(uint32_t number, char *word)
{
    int length = 0;
    number = number * 2654435761u;
    do {
        word[length++] = 'a' + number % 26;
        number /= 26;
    } while (number);
    word[length] = 0;
}

static void count(const char *word)
{
    uint32_t slot = hash(word) % SLOTS;
    while (table[slot].count && strcmp(table[slot].word, word))
        slot = (slot + 1) % SLOTS;
    if (!table[slot].count)
        strcpy(table[slot].word, word);
    table[slot].count++;
}

int main(void)
{
    char word[LONGEST];
    uint32_t seed = 7, sum = 0;
    for (int i = 0; i < WORDS; i++) {
        seed = seed * 1664525u + 1013904223u;
        spell((seed >> 8) % KINDS, word);
        count(word);
    }
    for (int slot = 0; slot < SLOTS; slot++)
        sum = sum * 31 + table[slot].count;
    printf("strings %08x\n", (unsigned)sum);
    return sum != EXPECTED;
}
