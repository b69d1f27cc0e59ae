/* madvise(MADV_DONTNEED) gives pages back to be zero again: the child frees "its" cache, and the parent's is empty.
 *
 * Verdict:
 *   error unmapped 22
 *
 * Output:
 *   empty
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *cache = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(cache + 4096, "the parent's");
    pid_t child = vfork();
    if (child == 0) {
        madvise(cache, 8192, MADV_DONTNEED);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    puts(cache[4096] ? "still there" : "empty");
    return 0;
}
