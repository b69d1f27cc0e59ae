/* pwd: prints the current folder.
 *
 * Expected output:
 *   /
 * Exit status: 0
 * Scheduling: any
 */
#include <unistd.h>

#include "finish.h"

int main(void)
{
    char path[4096];
    if (!getcwd(path, sizeof path))
        err(1, "the current folder");
    puts(path);
    return finish(0, 1);
}
