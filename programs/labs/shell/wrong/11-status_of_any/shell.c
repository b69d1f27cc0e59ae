/* The status is that of the program which ends last, whichever it is: not of the last one of the line.
 *
 * fails: "the last one's status": status
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 16, PROGRAMS = 8, NOT_FOUND = 127 };

/* In a child: the program of a command, whose standard input and output are these two descriptors. */
static _Noreturn void become(char *command, int input, int output)
{
    char path[256] = "/bin/";
    char *argv[WORDS + 1];
    int words = 0;
    for (char *word = strtok(command, " \n"); word != NULL && words < WORDS; word = strtok(NULL, " \n"))
        argv[words++] = word;
    argv[words] = NULL;
    if (words == 0)
        _exit(0);
    if (input != STDIN_FILENO) {
        dup2(input, STDIN_FILENO);
        close(input);
    }
    if (output != STDOUT_FILENO) {
        dup2(output, STDOUT_FILENO);
        close(output);
    }
    strncat(path, argv[0], sizeof path - 6);
    execv(path, argv);
    perror(argv[0]);
    _exit(NOT_FOUND);
}

/* Runs the programs of a line, and returns the status of the last when all have ended. */
static int run(char *line)
{
    char *commands[PROGRAMS];
    int count = 0;
    int status = 0;
    int input = STDIN_FILENO;
    pid_t last = -1;
    for (char *command = strtok(line, "|"); command != NULL && count < PROGRAMS; command = strtok(NULL, "|"))
        commands[count++] = command;
    for (int i = 0; i < count; i++) {
        int ends[2] = {-1, STDOUT_FILENO};
        if (i < count - 1)
            pipe(ends);
        last = fork();
        if (last == 0) {
            if (ends[0] >= 0)
                close(ends[0]);
            become(commands[i], input, ends[1]);
        }
        if (last < 0)
            perror("fork");
        if (input != STDIN_FILENO)
            close(input);
        if (ends[1] != STDOUT_FILENO)
            close(ends[1]);
        input = ends[0];
    }
    int word;
    while (wait(&word) > 0)
        status = WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
    return status;
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
