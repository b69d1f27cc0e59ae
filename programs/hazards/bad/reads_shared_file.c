/* The child reads four bytes of an inherited file "for itself"; the parent goes on reading four bytes further on.
 *
 * Verdict:
 *   warning shared-offset 24
 *
 * Output:
 *   body
 * Exit status: 0
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char mine[5] = "", childs[5] = "";
    int file = open("/tmp/shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(file, "headbody", 8);
    lseek(file, 0, SEEK_SET);
    pid_t child = vfork();
    if (child == 0) {
        read(file, childs, 4);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    read(file, mine, 4);
    puts(mine);
    unlink("/tmp/shared");
    return 0;
}
