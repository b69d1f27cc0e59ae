// An interpreter of a stack machine's bytecode: one large switch, jumped through many million times.
#include <stdint.h>
#include <stdio.h>

static const uint32_t EXPECTED = 0x8bd5bda8;

enum { PUSH, ADD, SUB, MUL, XOR, AND, OR, SHL, SHR, DUP, SWAP, DROP, LOAD, STORE, LESS, JUMP, BRANCH, HALT };

// Variables: 0 the counter, 1 the sum, 2 a scratch value.
static const uint8_t program[] = {
    PUSH, 0, STORE, 0, PUSH, 1, STORE, 1,
    LOAD, 1, PUSH, 5, SHL, LOAD, 1, XOR, STORE, 2,
    LOAD, 2, PUSH, 7, SHR, LOAD, 2, ADD, LOAD, 0, XOR, STORE, 1,
    LOAD, 1, DUP, PUSH, 3, MUL, SWAP, PUSH, 15, AND, SUB, STORE, 1,
    LOAD, 0, PUSH, 1, ADD, DUP, STORE, 0,
    PUSH, 255, PUSH, 14, SHL, LESS, BRANCH, 8,
    HALT,
};

static uint32_t run(const uint8_t *code)
{
    uint32_t stack[32], variables[8] = {0}, *top = stack, value;
    const uint8_t *at = code;
    for (;;) {
        switch (*at++) {
        case PUSH: *top++ = *at++; break;
        case ADD: top--; top[-1] += *top; break;
        case SUB: top--; top[-1] -= *top; break;
        case MUL: top--; top[-1] *= *top; break;
        case XOR: top--; top[-1] ^= *top; break;
        case AND: top--; top[-1] &= *top; break;
        case OR: top--; top[-1] |= *top; break;
        case SHL: top--; top[-1] <<= *top & 31; break;
        case SHR: top--; top[-1] >>= *top & 31; break;
        case DUP: *top = top[-1]; top++; break;
        case SWAP: value = top[-1]; top[-1] = top[-2]; top[-2] = value; break;
        case DROP: top--; break;
        case LOAD: *top++ = variables[*at++]; break;
        case STORE: variables[*at++] = *--top; break;
        case LESS: top--; top[-1] = top[-1] < *top; break;
        case JUMP: at = code + *at; break;
        case BRANCH: at = *--top ? code + *at : at + 1; break;
        case HALT: return variables[1];
        }
    }
}

int main(void)
{
    uint32_t result = run(program);
    printf("bytecode %08x\n", (unsigned)result);
    return result != EXPECTED;
}
