/* What the compiler and its library make of numbers is the same on both machines. */
#include <math.h>
#include "show.h"

int main(void) {
    unsigned long long seed = 88172645463325252ull, hash = 0;
    for (int i = 0; i < 3000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        long long a = (long long)seed, b = (long long)(seed * 0x9e3779b97f4a7c15ull) >> (i % 60);
        int c = (int)(seed >> 20), d = (int)(seed >> 41);
        hash = hash * 31 + (b && !(b == -1 && a < 0) ? a / b + a % b : 0);
        hash = hash * 31 + (d && !(d == -1) ? c / d + c % d : 0);
        hash = hash * 31 + ((unsigned)c / ((unsigned)d | 1)) + (a << (i % 63)) + (a >> (i % 63)) + (c >> (i % 31));
        hash ^= (unsigned long long)a * (unsigned)c;
    }
    printf("%016llx\n", hash);
    double x = 0.5, y = 1;
    for (int i = 1; i < 200; i++) {
        x = x * 3.9 * (1 - x);
        y += sqrt(i) / (x + 1) - (float)x;
    }
    printf("%.17g %.17g\n", x, y);
    printf("%.10f %.10f %.10f %.10f\n", sin(1), exp(1), log(10), pow(2, 0.5));
    printf("%d %u %lld %x %o %c|%5d|%-5d|%05d|%+d|%e|%g|%s\n", -5, 5u, -5000000000ll, 255, 8, 'x', 42, 42, 42, 42, 12345.678,
           0.0001, "text");
    printf("%g %g %g %d\n", 1e308 * 10, -1e308 * 10, 0.0, isnan(sqrt(-1)));
    SHOW(strtol("-0x7f", NULL, 0));
    SHOW(strtoull("18446744073709551615", NULL, 10) == ~0ull);
    printf("%.6f\n", strtod("3.14159e2xyz", NULL));
    SHOW((int)(-7.9));
    SHOW(-7 / 2 * 10 + -7 % 2);
    return 0;
}
