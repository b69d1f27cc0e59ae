/* clear: clears the terminal.
 *
 * Arguments: -x
 * Expected output:
 * Exit status: 2
 * Scheduling: any
 */
#include "finish.h"

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "usage: clear\n");
        return 2;
    }
    fputs("\033[H\033[2J\033[3J", stdout);
    return finish(0, 1);
}
