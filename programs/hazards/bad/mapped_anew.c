/* The child leaves a mark in a page that the parent gives back unread. The parent's next page has the same address,
 * but the zero that it reads there is the kernel's: the mark was never used.
 *
 * Verdict:
 *   warning unread 26
 *
 * Output:
 *   0
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int *page(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
    volatile int *first = page();
    pid_t child = vfork();
    if (child == 0) {
        *first = 9;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    munmap((void *)first, 4096);
    volatile int *second = page();
    printf("%d\n", *second);
    return 0;
}
