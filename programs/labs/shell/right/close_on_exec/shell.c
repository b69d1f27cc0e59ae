/* Reads a byte at a time, as nobody else's input is to be read ahead; no stdio. The left of a bar goes into a child. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int next_line(char *line, int size)
{
    int length = 0;
    char byte;
    while (read(0, &byte, 1) == 1) {
        if (byte == '\n') {
            line[length] = 0;
            return 1;
        }
        if (length < size - 1)
            line[length++] = byte;
    }
    line[length] = 0;
    return length > 0;
}

static void execute(char *command)
{
    char *argv[20] = {0};
    char path[200] = "/bin/";
    int n = 0;
    while (n < 19 && (argv[n] = strtok(n ? NULL : command, " ")) != NULL)
        n++;
    if (n == 0)
        _exit(0);
    execv(strcat(path, argv[0]), argv);
    write(2, argv[0], strlen(argv[0]));
    write(2, ": no such program\n", 18);
    _exit(127);
}

/* Starts what stands left of the last bar, then what is right of it; returns the pid of the last. */
static pid_t start(char *line, int output, int *children)
{
    int input = 0;
    char *bar = strrchr(line, '|');
    if (bar) {
        int ends[2];
        *bar = 0;
        if (pipe2(ends, O_CLOEXEC) < 0)
            return -1;
        start(line, ends[1], children);
        close(ends[1]);
        input = ends[0];
        line = bar + 1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(input, 0);
        dup2(output, 1);
        execute(line);
    }
    *children += pid > 0;
    if (input)
        close(input);
    return pid;
}

int main(void)
{
    char line[200];
    int status = 0;
    for (;;) {
        if (isatty(0))
            write(1, "$ ", 2);
        if (!next_line(line, sizeof line))
            exit(status);
        if (!strcmp(line, "exit"))
            exit(status);
        if (!strncmp(line, "exit ", 5))
            exit(atoi(line + 5));
        if (line[strspn(line, " ")] == 0)
            continue;
        int children = 0;
        pid_t last = start(line, 1, &children);
        for (; children > 0; children--) {
            int word;
            if (wait(&word) == last)
                status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
        }
    }
}
