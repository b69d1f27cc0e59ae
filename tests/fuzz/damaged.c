/* A program with a child of vfork that damages its parent, and many sorts of debugging information. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
struct item { int kind; struct { char name[8]; double value; } inner; struct item *next; };
static struct item items[3];
typedef const volatile unsigned char flags[4];
flags *pointer;
enum colour { RED, GREEN = 7 } colour;
union both { int number; float real; } both;
static int counter;
static inline __attribute__((always_inline)) int twice(int value) { counter++; return 2 * value; }
static int deep(int depth) { int local = depth; return depth ? deep(depth - 1) + local : twice(depth); }
int main(int argc, char **argv) {
    int local = 1; char text[20] = "parent";
    char *heap = malloc(16);
    pid_t child = vfork();
    if (child == 0) {
        local = 5; counter = deep(4); strcpy(text, "child"); heap[3] = 1; colour = GREEN; both.number = 3;
        items[1].inner.value = local;
        execl("/nowhere", "nowhere", (char *)0);
        _exit(3);
    }
    wait(&local);
    printf("%d %d %s %d %f\n", local, counter, text, heap[3], items[1].inner.value);
    return argc - 1;
}
