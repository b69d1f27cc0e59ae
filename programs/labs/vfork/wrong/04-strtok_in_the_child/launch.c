/* The child divides the line into words. The parent prints what is left of the line: the first word.
 *
 * fails: "harms nobody": rule no-vfork-damage
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 16 };

static void tell(const char *text)
{
    write(STDERR_FILENO, text, strlen(text));
}

static int status_of(pid_t pid)
{
    int word;
    waitpid(pid, &word, 0);
    return WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
}

static int run(char line[])
{
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        char path[256] = "/bin/";
        char *argv[WORDS + 1];
        int words = 0;
        for (char *word = strtok(line, " \n"); word != NULL && words < WORDS; word = strtok(NULL, " \n"))
            argv[words++] = word;
        argv[words] = NULL;
        strncat(path, argv[0], sizeof path - 6);
        execv(path, argv);
        int error = errno;
        tell("launch: cannot run ");
        tell(path);
        tell("\n");
        _exit(error == ENOENT ? 127 : 126);
    }
    return status_of(pid);
}

int main(void)
{
    char line[256];
    int status = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (line[strspn(line, " \n")] == '\0')
            continue;
        status = run(line);
        printf("%s: %d\n", line, status);
    }
    return status;
}
