/* clear: clears the terminal.
 *
 * Arguments: -y
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
#include "options.h"

int main(int argc, char **argv)
{
    while (next_option(argc, argv, "", "") != -1)
        ;
    check_operands(argc, argv, 0, 0);
    fputs("\033[H\033[2J\033[3J", stdout);
    return finish(0, 1);
}
