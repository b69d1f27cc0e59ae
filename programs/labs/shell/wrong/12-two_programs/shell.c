/* Only two programs of a line are run: what stands behind a second bar is forgotten.
 *
 * fails: "two pipes": output
 * fails: "all at the same time": output
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 16, NOT_FOUND = 127 };

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

/* Runs one program, or two with a pipe between them. */
static int run(char *line)
{
    char *left = strtok(line, "|");
    char *right = strtok(NULL, "|");
    int ends[2];
    int word;
    pid_t last;
    if (right == NULL) {
        last = fork();
        if (last == 0)
            become(left, STDIN_FILENO, STDOUT_FILENO);
    } else {
        pipe(ends);
        if (fork() == 0) {
            close(ends[0]);
            become(left, STDIN_FILENO, ends[1]);
        }
        close(ends[1]);
        last = fork();
        if (last == 0)
            become(right, ends[0], STDOUT_FILENO);
        close(ends[0]);
    }
    int status = 0;
    pid_t pid;
    while ((pid = wait(&word)) > 0)
        if (pid == last)
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
