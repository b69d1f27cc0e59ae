/* What programs in C call, and what the C library makes of it: the first argument says which. */
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static void *nothing(void *unused) { return unused; }
int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    int ends[2], status;
    if (strcmp(what, "fork") == 0) {
        if (fork() == 0)
            _exit(0);
        wait(&status);
        printf("done\n");
    } else if (strcmp(what, "vfork") == 0) {
        if (vfork() == 0) {
            execlp("true", "true", (char *)0);
            _exit(127);
        }
        waitpid(-1, &status, 0);
    } else if (strcmp(what, "spawn") == 0) {
        char *vector[] = {"library", "none", 0};
        pid_t child;
        posix_spawn(&child, "/library", 0, 0, vector, environ);
        waitpid(child, &status, 0);
    } else if (strcmp(what, "spawn_fails") == 0) {
        char *vector[] = {"library", "none", 0};
        pid_t child;
        return posix_spawn(&child, "/nothing", 0, 0, vector, environ) == 0;
    } else if (strcmp(what, "system") == 0) {
        system("exit 3");
    } else if (strcmp(what, "pipe") == 0) {
        pipe(ends);
        if (fork() == 0) {
            dup2(ends[1], 1);
            close(ends[0]);
            close(ends[1]);
            printf("text\n");
            exit(0);
        }
        close(ends[1]);
        char line[16];
        read(ends[0], line, sizeof line);
        close(ends[0]);
        wait(0);
    } else if (strcmp(what, "file") == 0) {
        FILE *file = fopen("/tmp", "r");
        if (file)
            fclose(file);
        usleep(1);
        sleep(0);
    } else if (strcmp(what, "thread") == 0) {
        pthread_t thread;
        pthread_create(&thread, 0, nothing, 0);
        pthread_join(thread, 0);
    }
    return 0;
}
