/* posix_spawn makes the children; its file actions say which descriptors they begin with. From right to left. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t start(char *command, int input, int output, int other)
{
    char path[300];
    char *argv[32] = {0};
    int count = 0;
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    for (char *word; (word = strsep(&command, " \t\n")) != NULL;)
        if (*word != '\0' && count < 31)
            argv[count++] = word;
    if (count == 0)
        return -1;
    snprintf(path, sizeof path, "/bin/%s", argv[0]);
    posix_spawn_file_actions_init(&actions);
    if (input != 0) {
        posix_spawn_file_actions_adddup2(&actions, input, 0);
        posix_spawn_file_actions_addclose(&actions, input);
    }
    if (output != 1) {
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        posix_spawn_file_actions_addclose(&actions, output);
    }
    if (other >= 0)
        posix_spawn_file_actions_addclose(&actions, other);
    int error = posix_spawn(&pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0)
        return pid;
    fprintf(stderr, "shell: %s: %s\n", argv[0], strerror(error));
    return -1;
}

static int run(char *line)
{
    pid_t pids[16];
    int count = 0;
    int output = 1;
    int status = 127;
    for (char *bar; count < 16; count++) {
        int ends[2] = {0, -1};
        bar = strrchr(line, '|');
        if (bar != NULL)
            pipe(ends);
        pids[count] = start(bar != NULL ? bar + 1 : line, ends[0], output, ends[1]);
        if (bar != NULL)
            close(ends[0]);
        if (output != 1)
            close(output);
        output = ends[1];
        if (bar == NULL) {
            count++;
            break;
        }
        *bar = '\0';
    }
    for (int i = 0; i < count; i++) {
        int word;
        if (pids[i] < 0)
            continue;
        waitpid(pids[i], &word, 0);
        if (i == 0)
            status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
    }
    return status;
}

int main(void)
{
    char line[300];
    int status = 0;
    int shows_prompt = isatty(0);
    setvbuf(stdout, NULL, _IONBF, 0);
    while ((shows_prompt ? fputs("$ ", stdout) : 0, fgets(line, sizeof line, stdin) != NULL)) {
        char name[8] = "";
        int number = status;
        if (sscanf(line, "%7s %d", name, &number) < 1)
            continue;
        if (strcmp(name, "exit") == 0)
            exit(number);
        status = run(line);
    }
    return status;
}
