/* sleep SECONDS: waits, in the machine's time: a day passes at once when nobody else has anything to do.
 *
 * Arguments: 86400
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    char *end = NULL;
    double seconds = argc == 2 ? strtod(argv[1], &end) : -1;
    if (seconds < 0 || *end || end == argv[1]) {
        fprintf(stderr, "usage: sleep SECONDS\n");
        return 1;
    }
    struct timespec left = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
    return 0;
}
