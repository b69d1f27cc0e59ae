/* posix_spawn is vfork and exec in one call that is safe: it makes the child, and returns the error of its exec. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int launch(const char *name, char *argv[])
{
    char path[300];
    pid_t pid;
    int word;
    sprintf(path, "/bin/%.250s", name);
    int error = posix_spawn(&pid, path, NULL, NULL, argv, environ);
    if (error != 0) {
        fprintf(stderr, "%s: %s\n", name, strerror(error));
        return error == ENOENT ? 127 : 126;
    }
    while (waitpid(pid, &word, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(word))
        return WEXITSTATUS(word);
    return 128 + WTERMSIG(word);
}

int main(void)
{
    char line[300];
    int last = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        char *argv[32] = {0};
        int count = 0;
        char *rest = line;
        char *word;
        while ((word = strsep(&rest, " \t\n")) != NULL)
            if (*word && count < 31)
                argv[count++] = word;
        if (count > 0)
            printf("%s: %d\n", argv[0], last = launch(argv[0], argv));
    }
    return last;
}
