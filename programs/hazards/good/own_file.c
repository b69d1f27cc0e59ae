/* The offsets of files that the child opens itself are its own, though the numbers of the descriptors are the parent's
 * to give again; and what it reads from a pipe has no offset at all.
 *
 * Verdict: clean
 *
 * Output:
 *   a 2345
 * Exit status: 0
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char mine[4] = "";
    int ends[2], status = 0;
    pipe(ends);
    write(ends[1], "abc", 3);
    int file = open("/tmp/own_file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(file, "0123456789", 10);
    lseek(file, 2, SEEK_SET);
    pid_t child = vfork();
    if (child == 0) {
        char own[4];
        int again = open("/tmp/own_file", O_RDONLY);
        close(file);
        dup2(again, file);
        read(file, own, 3);
        lseek(again, 7, SEEK_SET);
        fcntl(again, F_SETFL, O_APPEND);
        read(ends[0], own, 1);
        _exit(own[0]);
    }
    waitpid(child, &status, 0);
    read(file, mine, 4);
    unlink("/tmp/own_file");
    printf("%c %.4s\n", WEXITSTATUS(status), mine);
    return 0;
}
