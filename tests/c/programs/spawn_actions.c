/* What posix_spawn does to descriptors and the directory of the child before it runs the program. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1) {
        char buffer[100];
        ssize_t count = read(0, buffer, sizeof buffer);
        printf("stdin has %.*s\n", (int)count, buffer);
        SHOW(fcntl(5, F_GETFD));
        SHOW(fcntl(6, F_GETFD));
        SHOW(fcntl(7, F_GETFD));
        SHOW(access("inside", F_OK));
        fprintf(stderr, "to stderr\n");
        return 0;
    }
    mkdir("below", 0755);
    put_file("below/inside", "", 0600);
    put_file("text", "some text", 0600);
    dup2(0, 5);
    dup2(0, 6);
    fcntl(6, F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "text", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "output", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    posix_spawn_file_actions_addclose(&actions, 5);
    posix_spawn_file_actions_adddup2(&actions, 0, 7);
    posix_spawn_file_actions_addchdir_np(&actions, "below");
    pid_t child;
    char *arguments[] = {"prog", "again", NULL};
    int error = posix_spawn(&child, "../prog", &actions, NULL, arguments, environ);
    show_end("child", child);
    printf("spawned: %s\n", strerror(error));
    show_file("output");
    posix_spawn_file_actions_destroy(&actions);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "missing", O_RDONLY, 0);
    printf("missing: %s\n", strerror(posix_spawn(&child, "./prog", &actions, NULL, arguments, environ)));
    CALL(waitpid(-1, NULL, 0));
    return 0;
}
