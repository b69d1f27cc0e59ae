/* A MAP_SHARED page is where processes may talk, after fork. POSIX knows no such exception for a vfork child, which
 * must not modify any data: it tells its parent by its exit status or a pipe.
 *
 * Verdict:
 *   error damage 21 used 25
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
