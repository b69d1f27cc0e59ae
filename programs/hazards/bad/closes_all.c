/* "Close every descriptor before exec", by reading /proc/self/fd: the directory stream comes from the parent's heap.
 *
 * Verdict:
 *   warning unsafe-call 20
 *   warning unsafe-call 22
 *   warning unread 20
 *   warning mapped 20
 *
 * Exit status: 0
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child = vfork();
    if (child == 0) {
        DIR *open = opendir("/proc/self/fd");
        struct dirent *entry;
        while (open && (entry = readdir(open)))
            if (atoi(entry->d_name) > 2 && atoi(entry->d_name) != dirfd(open))
                close(atoi(entry->d_name));
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    return 0;
}
