/* popen and system vfork inside the C library, both ways of a pipe, and once with a command that does not exist.
 *
 * Verdict: clean
 *
 * Output:
 *   out
 *   2 6 1
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
    char line[32] = "", command[64];
    if (argc > 1) {
        puts("out");
        return 2;
    }
    snprintf(command, sizeof command, "%s again", argv[0]);
    FILE *from = popen(command, "r");
    if (!from || !fgets(line, sizeof line, from))
        return 1;
    int first = pclose(from);
    FILE *to = popen("/bin/sh", "w");
    if (!to)
        return 1;
    fputs("exit 6\n", to);
    int second = pclose(to);
    int third = system("/nowhere/at/all 2> /dev/null");
    printf("%s%d %d %d\n", line, WEXITSTATUS(first), WEXITSTATUS(second), WEXITSTATUS(third) > 125);
    return 0;
}
