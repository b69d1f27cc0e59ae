/* The child words its own complaint, with write, which it may, and strerror, which it may not: the text may be made in
 * a buffer of the library's.
 *
 * Verdict:
 *   warning unsafe-call 19
 *
 * Exit status: 0
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl("/nowhere", "nowhere", (char *)NULL);
        const char *text = strerror(errno);
        write(STDERR_FILENO, text, strlen(text));
        _exit(127);
    }
    waitpid(child, NULL, 0);
    return 0;
}
