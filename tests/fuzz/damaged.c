/* A program without a library whose child of vfork damages its parent, with many sorts of debugging information. */
struct item { int kind; struct { char name[8]; long long value; } inner; struct item *next; unsigned bits : 3; };
typedef const volatile unsigned char flags[4];
enum colour { RED, GREEN = 7 };
union both { int number; short halves[2]; };

static struct item items[3];
static enum colour colour;
static union both both;
static int counter;
flags *pointer;
char **environment;

int vfork(void);

static long call(long number, long first, long second, long third)
{
    register long a0 __asm__("a0") = first, a1 __asm__("a1") = second, a2 __asm__("a2") = third;
    register long a3 __asm__("a3") = 0, a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
    return a0;
}

int *__errno_location(void) { return &counter; }

static inline __attribute__((always_inline)) int twice(int value) { counter++; return 2 * value; }

__attribute__((noinline)) static int deep(int depth)
{
    volatile int local = depth;
    return depth ? deep(depth - 1) + local : twice(depth);
}

__attribute__((noinline)) static int start_child(const char *name, volatile int *local)
{
    volatile char text[12] = "parent";
    int child = vfork();
    if (child == 0) {
        *local = 5;
        counter = deep(4);
        text[1] = name[0];
        colour = GREEN;
        both.number = 3;
        items[1].inner.value = counter;
        items[2].bits = 5;
        call(221, (long)name, 0, 0);
        call(93, 3, 0, 0);
    }
    return child + text[1];
}

__attribute__((noinline)) int run(void)
{
    volatile int local = 1;
    int child = start_child("/nowhere", &local);
    call(260, -1, 0, 0);
    return local + counter + (int)items[1].inner.value + both.halves[0] + colour + child + items[2].bits;
}

void _start(void)
{
    call(64, 1, (long)"done\n", 5);
    call(94, run() & 1, 0, 0);
}
