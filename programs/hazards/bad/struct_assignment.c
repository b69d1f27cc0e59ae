/* One statement that changes three members: one finding.
 *
 * Verdict:
 *   error damage 20 used 24
 *
 * Output:
 *   7 8 9
 * Exit status: 0
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct point { int x, y, z; };
static struct point here = {1, 2, 3};

int main(void)
{
    if (vfork() == 0) {
        here = (struct point){7, 8, 9};
        _exit(0);
    }
    wait(NULL);
    printf("%d %d %d\n", here.x, here.y, here.z);
    return 0;
}
