/* What a compiler makes of this is assembled by both assemblers: all the directives that it emits come up. */
typedef unsigned uint32_t;

static int counter = 3;
int squares[100];
static char buffer[64];
const char *names[] = {"one", "two", "three", "one"};
static const double half = 1.5;
struct record {
    int number;
    char letter;
    long long wide;
} record = {1, 2, 3};

int external(int);

__attribute__((weak)) int increment(int x) { return x + 1; }

static int choose(int x) {
    switch (x) {
    case 1: return 10;
    case 2: return 20;
    case 3: return 33;
    case 4: return external(4);
    case 5: return 55;
    case 6: return 77;
    default: return -1;
    }
}

long long multiply(long long a, long long b) { return a * b; }

int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

uint32_t exchange(uint32_t *p, uint32_t v) {
    return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST) + __atomic_fetch_add(p, 1, __ATOMIC_ACQUIRE);
}

int compare_and_swap(int *p, int a, int b) { return __sync_bool_compare_and_swap(p, a, b); }

int external(int x) {
    squares[x] = counter++;
    buffer[x] = names[x % 3][0];
    return choose(x) + increment(x) + (int)half;
}

void _start(void) {
    volatile int sum = external(3) + factorial(5) + exchange((uint32_t *)squares, 3) +
                       compare_and_swap(squares, 1, 2) + (int)multiply(3, 4) + record.number;
    while (!sum) {
    }
    __asm__ volatile("li a7, 93\n ecall");
}
