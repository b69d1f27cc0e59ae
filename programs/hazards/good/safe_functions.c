/* Functions of the C library that POSIX lists as async-signal-safe, which change nothing of the parent's: strings,
 * ids, masks and descriptors.
 *
 * Verdict: clean
 *
 * Output:
 *   status 3
 * Exit status: 0
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        sigset_t set;
        struct stat about;
        char text[32];
        strcpy(text, "text");
        strcat(text, argc > 9 ? argv[0] : " more");
        memmove(text + 1, text, strlen(text) + 1);
        if (strcmp(text, "ttext more") != 0 || strchr(text, 'm') == NULL || memcmp(text, "tt", 2) != 0)
            _exit(1);
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        setpgid(0, 0);
        umask(077);
        chdir("/");
        dup2(STDOUT_FILENO, 9);
        close(9);
        if (fstat(STDOUT_FILENO, &about) != 0 || getpid() == getppid() || time(NULL) < 0 || getuid() != geteuid())
            _exit(2);
        _exit(3);
    }
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
