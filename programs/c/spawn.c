/* posix_spawn: vfork and exec in one call that is safe, with the file actions that a shell needs.
 *
 * Expected output:
 *   child says: 3 arguments
 *   status 3
 *   no such program: 2
 * Exit status: 0
 * Scheduling: any
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    if (argc > 1) {
        printf("%d arguments\n", argc);
        return argc;
    }
    int ends[2], status;
    char text[64];
    pid_t child;
    char *arguments[] = { argv[0], "one", "two", NULL };
    posix_spawn_file_actions_t actions;
    pipe(ends);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environ);
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof text);
    waitpid(child, &status, 0);
    printf("child says: %.*s", (int)size, text);
    printf("status %d\n", WEXITSTATUS(status));
    printf("no such program: %d\n", posix_spawn(&child, "/nowhere", NULL, NULL, arguments, environ));
    return 0;
}
