// A walk along a linked list scattered over 16 MiB.
#include <stdint.h>
#include <stdio.h>

static const uint32_t EXPECTED = 0x6ac0d767;

enum { NODES = 1 << 20, ROUNDS = 30 };

static struct node { struct node *next; uint32_t value; uint32_t padding[2]; } nodes[NODES];

int main(void)
{
    // An odd multiplier makes a permutation, a stride far beyond a page.
    struct node *node = nodes;
    for (uint32_t i = 1; i <= NODES; i++) {
        struct node *next = nodes + i * 637u * 1021u % NODES;
        node->next = next;
        node->value = i;
        node = next;
    }
    uint32_t sum = 0;
    node = nodes;
    for (int i = 0; i < ROUNDS * NODES; i++) {
        sum = (sum ^ node->value) * 16777619u + (sum >> 15);
        node = node->next;
    }
    printf("list %08x\n", (unsigned)sum);
    return sum != EXPECTED;
}
