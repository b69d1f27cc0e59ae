// The product of two 300 by 300 matrices of integers, several times over.
#include <stdint.h>
#include <stdio.h>

static const uint32_t EXPECTED = 0xf0e7f760;

enum { N = 300, ROUNDS = 10 };

static uint32_t a[N][N], b[N][N], c[N][N];

int main(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i * 31 + j * 17 + 1;
            b[i][j] = i * 13 ^ j * 7;
        }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                uint32_t total = 0;
                for (int k = 0; k < N; k++)
                    total += a[i][k] * b[k][j];
                c[i][j] = total + round;
            }
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                sum = sum * 31 + c[i][j];
    }
    printf("matmul %08x\n", (unsigned)sum);
    return sum != EXPECTED;
}
