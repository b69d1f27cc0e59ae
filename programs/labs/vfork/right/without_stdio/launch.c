/* Reads all commands at once, and writes without stdio. The child calls a function that does not return. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char input[4096];

static _Noreturn void become(const char *path, char *const argv[])
{
    static const char failed[] = "launch: the program could not be executed: ";
    execve(path, argv, environ);
    int status = errno == ENOENT ? 127 : 126;
    write(2, failed, sizeof failed - 1);
    write(2, path, strlen(path));
    write(2, "\n", 1);
    _exit(status);
}

static int launch(char *command)
{
    char *argv[sizeof input / 2];
    char path[sizeof input + 8];
    char told[sizeof input + 8];
    int words = 0;
    int word;
    for (char *next = command; (next = strtok(next, " ")) != NULL; next = NULL)
        argv[words++] = next;
    argv[words] = NULL;
    if (words == 0)
        return 0;
    strcpy(path, "/bin/");
    strcat(path, argv[0]);
    if (vfork() == 0)
        become(path, argv);
    wait(&word);
    int status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
    write(1, told, snprintf(told, sizeof told, "%s: %d\n", argv[0], status));
    return status;
}

int main(void)
{
    int status = 0;
    size_t length = 0;
    ssize_t count;
    while (length < sizeof input - 1 && (count = read(0, input + length, sizeof input - 1 - length)) > 0)
        length += count;
    for (char *command = input; *command != '\0';) {
        char *end = strchrnul(command, '\n');
        char *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        status = launch(command);
        command = next;
    }
    return status;
}
