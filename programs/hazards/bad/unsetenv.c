/* The child drops a secret from the environment before it execs, and drops it from the parent's.
 *
 * Verdict:
 *   error damage 21 used 26
 *   warning unsafe-call 21
 *
 * Output:
 *   the secret is lost
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    setenv("SECRET", "for the parent", 1);
    pid_t child = vfork();
    if (child == 0) {
        unsetenv("SECRET");
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    const char *secret = getenv("SECRET");
    printf("the secret is %s\n", secret ? secret : "lost");
    return 0;
}
