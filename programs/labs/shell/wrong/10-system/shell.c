/* system hands the line to another shell, which does all that was to be done here.
 *
 * fails: "one process a program": rule forks-exactly
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char *line)
{
    int word = system(line);
    return WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
}

int main(void)
{
    char line[256];
    int status = 0;
    int is_terminal = isatty(STDIN_FILENO);
    for (;;) {
        if (is_terminal) {
            printf("$ ");
            fflush(stdout);
        }
        if (fgets(line, sizeof line, stdin) == NULL)
            return status;
        if (strncmp(line, "exit", 4) == 0 && strchr(" \n", line[4]) != NULL)
            return line[4] == ' ' ? atoi(line + 5) : status;
        if (strspn(line, " \n") < strlen(line))
            status = run(line);
    }
}
