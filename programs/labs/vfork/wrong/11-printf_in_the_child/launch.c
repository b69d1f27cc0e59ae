/* The child tells of the failure by printf: the text goes to standard output, and into the parent's buffer.
 *
 * fails: "no such program": output, errors
 * fails: "not a program": output, errors
 * fails: "harms nobody": rule no-vfork-damage
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
        int error = errno;
        printf("launch: cannot run %s\n", path);
        _exit(error == ENOENT ? 127 : 126);
    }
    return status_of(pid);
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
