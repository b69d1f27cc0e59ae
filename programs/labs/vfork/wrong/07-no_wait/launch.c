/* Nobody waits: vfork itself returns when the program has begun, which is taken for its end.
 *
 * fails: "a program has ended when the next begins": output
 * fails: "an exit status is told, and handed on": output, status
 * fails: "a program that a signal kills is told as by a shell": output, status
 * fails: "a program that is not there is told of": output
 * fails: "a file that is no program is told of": output
 * fails: "127 may be a program's own status": output
 * fails: "every child is waited for": rule every-child-waited
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 16 };

static void tell(const char *text)
{
    write(STDERR_FILENO, text, strlen(text));
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
        tell("launch: cannot run ");
        tell(path);
        tell("\n");
        _exit(error == ENOENT ? 127 : 126);
    }
    return pid < 0 ? 126 : 0;
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
