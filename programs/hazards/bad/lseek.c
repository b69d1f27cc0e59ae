/* The child reads a header of a file, and winds back: not to where the parent was.
 *
 * Verdict:
 *   warning shared-offset 17
 *
 * Exit status: 5
 * Native: no
 */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int file = open("/lseek.c", O_RDONLY);
    lseek(file, 100, SEEK_SET);
    if (vfork() == 0) {
        lseek(file, 5, SEEK_SET);
        _exit(0);
    }
    return (int)lseek(file, 0, SEEK_CUR);
}
