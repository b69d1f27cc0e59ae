/* Whether a descriptor survives exec is a property of the descriptor: the child clears it in its own table and moves
 * its copy; the parent's still has the flag.
 *
 * Verdict: clean
 *
 * Output:
 *   kept
 *   flag 1
 * Exit status: 0
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1) {
        puts("kept");
        return 0;
    }
    char text[16] = "";
    int ends[2];
    pipe2(ends, O_CLOEXEC);
    pid_t child = vfork();
    if (child == 0) {
        if (ends[1] == STDOUT_FILENO)
            fcntl(ends[1], F_SETFD, 0);
        else
            dup2(ends[1], STDOUT_FILENO);
        fcntl(ends[1], F_SETFD, 0);
        execl("/proc/self/exe", argv[0], "again", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    read(ends[0], text, sizeof text - 1);
    waitpid(child, NULL, 0);
    printf("%sflag %d\n", text, fcntl(ends[0], F_GETFD));
    return 0;
}
