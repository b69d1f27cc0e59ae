/* posix_spawn with everything: a file to open, a descriptor to copy and one to close, signals to default, a mask, a
 * group. Its child works on a stack inside the parent's frame, and tells of errors through memory or a pipe: the
 * library's affair.
 *
 * Verdict: clean
 *
 * Output:
 *   words
 *   status 4
 * Exit status: 0
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    char *words[] = { argv[0], "again", NULL };
    int ends[2], status = 0, failure;
    char text[32];
    pid_t child;
    sigset_t set;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    if (argc > 1) {
        ssize_t size = read(STDIN_FILENO, text, sizeof text);
        write(STDOUT_FILENO, text, size);
        return 4;
    }
    pipe(ends);
    int file = open("/tmp/input", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    write(file, "words\n", 6);
    close(file);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/tmp/input", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawnattr_init(&attributes);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigaddset(&set, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    failure = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words, environ);
    if (failure)
        return 1;
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof text);
    waitpid(child, &status, 0);
    printf("%.*sstatus %d\n", (int)size, text, WEXITSTATUS(status));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    unlink("/tmp/input");
    return 0;
}
