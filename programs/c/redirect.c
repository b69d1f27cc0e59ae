/* How a shell redirects output: between fork and exec the child puts a file where standard output was.
 *
 * Expected output:
 *   the file holds: written by the child
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char line[64] = "";
    if (argc > 1) {
        puts("written by the child");
        return 0;
    }
    if (fork() == 0) {
        int file = open("/tmp/redirected", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        close(file);
        execl("/proc/self/exe", argv[0], "child", (char *)NULL);
        _exit(127);
    }
    wait(NULL);
    FILE *file = fopen("/tmp/redirected", "r");
    if (!file || !fgets(line, sizeof line, file))
        return 1;
    printf("the file holds: %s", line);
    unlink("/tmp/redirected");
    return 0;
}
