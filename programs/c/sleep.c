/* Sleeps so many seconds, of the machine's time: a day passes at once when nobody else has anything to do.
 *
 * Arguments: 86400
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    unsigned left = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    while (left)
        left = sleep(left);
    return 0;
}
