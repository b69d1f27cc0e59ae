/* The child maps fresh pages over the parent's: what was there is gone, and no store instruction did it.
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
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(page, "the parent's");
    pid_t child = vfork();
    if (child == 0) {
        mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    puts(*page ? "still there" : "empty");
    return 0;
}
