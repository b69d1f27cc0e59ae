/* The child maps memory for itself, uses it, and unmaps it; and it asks what is mapped without changing it.
 *
 * Verdict: clean
 *
 * Output:
 *   status 2
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        volatile char *room = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < 65536; i += 4096)
            room[i] = 1;
        int sum = room[4096] + room[8192];
        munmap((void *)room, 65536);
        _exit(sum);
    }
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
