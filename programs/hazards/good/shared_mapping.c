/* A MAP_SHARED page is where processes talk on purpose, after fork as after vfork: what a child writes there is not its
 * parent's alone.
 *
 * Verdict: clean
 *
 * Output:
 *   answer 42
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    volatile int *answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = vfork();
    if (child == 0) {
        *answer = 42;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("answer %d\n", *answer);
    return 0;
}
