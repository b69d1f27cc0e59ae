/* Flushing "before leaving" empties the parent's buffer from the child's side: the bytes are written once, but by
 * whom, and the parent's stream now says what the child did.
 *
 * Verdict:
 *   error damage 22 used 26
 *   warning unsafe-call 22
 *
 * Output:
 *   the parent began this line and ended it
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    printf("the parent began this line ");
    pid_t child = vfork();
    if (child == 0) {
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("and ended it\n");
    return 0;
}
