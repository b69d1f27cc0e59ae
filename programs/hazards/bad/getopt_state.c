/* getopt remembers where it stopped. The child parses its own arguments with it, and the parent, which had read one
 * option and wants the next, is told that there are no more.
 *
 * Verdict:
 *   error damage 24 used 29
 *   warning unsafe-call 24
 *
 * Output:
 *   first option a
 *   no second option
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *words[] = { "parent", "-a", "-b", NULL };
    char *others[] = { "child", "-x", "-y", "-z", NULL };
    printf("first option %c\n", getopt(3, words, "ab"));
    pid_t child = vfork();
    if (child == 0) {
        while (getopt(4, others, "xyz") != -1)
            ;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int option = getopt(3, words, "ab");
    if (option == 'b')
        puts("second option b");
    else
        puts("no second option");
    return 0;
}
