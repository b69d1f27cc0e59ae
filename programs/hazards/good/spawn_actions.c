/* posix_spawn with file actions and attributes: the library's child does much, and all of it in its own memory.
 *
 * Verdict: clean
 *
 * Exit status: 0
 * Native: no
 */
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *arguments[] = {"exit", 0}, *environment[] = {0};
    int status, ends[2];
    sigset_t all;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pipe(ends);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    if (posix_spawnp(&pid, "/exit", &actions, &attributes, arguments, environment))
        return 1;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}
