/* The child changes a variable of its parent's, which is printed only if the program is given an argument.
 *
 * Verdict:
 *   warning unread 18
 *
 * Exit status: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    char user[16] = "alice";
    if (vfork() == 0) {
        strcpy(user, "nobody");
        _exit(0);
    }
    wait(NULL);
    if (argc > 1)
        puts(user);
    return 0;
}
