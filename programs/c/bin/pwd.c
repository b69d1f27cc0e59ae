/* pwd: prints the current folder.
 *
 * Expected output:
 *   /
 * Exit status: 0
 * Scheduling: any
 */
#include "options.h"

int main(int argc, char **argv)
{
    char path[4096];
    while (next_option(argc, argv, "LP", "") != -1)
        ; /* as the kernel has it, either way */
    if (!getcwd(path, sizeof path))
        err(1, "the current folder");
    puts(path);
    return finish(0, 1);
}
