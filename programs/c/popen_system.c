/* popen and system run a command in a shell: fork, exec, wait and a pipe in one call.
 *
 * Expected output:
 *   popen read: from the shell
 *   system returned 3
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

int main(void)
{
    char line[64] = "";
    FILE *pipe = popen("echo from the shell", "r");
    if (!pipe || !fgets(line, sizeof line, pipe))
        return 1;
    pclose(pipe);
    printf("popen read: %s", line);
    int status = system("exit 3");
    printf("system returned %d\n", WEXITSTATUS(status));
    return 0;
}
