/* The parent takes an exit status of 127 for a program that is not there, but any program may end with it.
 *
 * fails: "127 of its own": errors
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 16 };

static int status_of(pid_t pid)
{
    int word;
    waitpid(pid, &word, 0);
    return WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
}

static int run(char *argv[])
{
    char path[256] = "/bin/";
    strncat(path, argv[0], sizeof path - 6);
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        execv(path, argv);
        _exit(errno == ENOENT ? 127 : 126);
    }
    int status = status_of(pid);
    if (status == 127 || status == 126)
        fprintf(stderr, "launch: cannot run %s\n", path);
    return status;
}

int main(void)
{
    char line[256];
    int status = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *argv[WORDS + 1];
        int words = 0;
        for (char *word = strtok(line, " \n"); word != NULL && words < WORDS; word = strtok(NULL, " \n"))
            argv[words++] = word;
        argv[words] = NULL;
        if (words == 0)
            continue;
        status = run(argv);
        printf("%s: %d\n", argv[0], status);
    }
    return status;
}
