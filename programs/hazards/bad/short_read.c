/* The parent reads a message into the buffer that its child had used, but the message is shorter than the child's.
 *
 * Verdict:
 *   error damage 26 used 31
 *
 * Output:
 *   okILD
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[8];

int main(int argc, char **argv)
{
    (void)argv;
    const char *word = argc > 9 ? "none" : "CHILD";
    int ends[2];
    pipe(ends);
    write(ends[1], "ok", 2);
    pid_t child = vfork();
    if (child == 0) {
        strcpy(text, word);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    read(ends[0], text, sizeof text);
    puts(text);
    return 0;
}
