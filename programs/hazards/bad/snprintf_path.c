/* The child composes the path of what it will exec in a buffer that happens to be the parent's.
 *
 * Verdict:
 *   error damage 21 used 26
 *   warning unsafe-call 21
 *
 * Output:
 *   /bin/sh
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64] = "/etc/parent.conf";

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        snprintf(path, sizeof path, "%s/%s", "/bin", "sh");
        execl(path, "sh", "-c", "exit 0", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    puts(path);
    return 0;
}
