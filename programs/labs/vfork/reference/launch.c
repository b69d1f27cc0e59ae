/* Runs the commands that it reads, one a line and one after the other, and tells how each has ended.
 *
 * The child stands in its parent's memory, and on its parent's stack. All it does is to execute the program; if that
 * fails, it says why into a pipe that is closed by an exec, and ends with _exit. Words and path are ready before it is
 * made, and what stdio holds is written before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
    char path[256];
    int report[2];
    int error = 0;
    snprintf(path, sizeof path, "/bin/%s", argv[0]);
    if (pipe2(report, O_CLOEXEC) < 0) {
        perror("launch");
        return 126;
    }
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        execv(path, argv);
        write(report[1], &errno, sizeof errno);
        _exit(errno == ENOENT ? 127 : 126);
    }
    close(report[1]);
    if (pid < 0)
        error = errno;
    else
        read(report[0], &error, sizeof error);
    close(report[0]);
    if (error != 0)
        fprintf(stderr, "launch: %s: %s\n", argv[0], strerror(error));
    return pid < 0 ? 126 : status_of(pid);
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
