/* sleep TIME...: waits, in the machine's time: a day passes at once when nobody else has anything to do.
 *
 * A time is seconds, with a fraction if wanted, or has one of the letters s, m, h, d behind it; several are added.
 *
 * Arguments: 86400
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>
#include <time.h>

#include "options.h"

/* The seconds that an operand says, or -1. */
static double seconds_of(const char *text)
{
    static const char units[] = "smhd";
    static const double seconds[] = { 1, 60, 3600, 86400, 1 };
    char *end;
    double number = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : units;
    return end == text || number < 0 || !unit || (*end && end[1]) ? -1 : number * seconds[unit - units];
}

int main(int argc, char **argv)
{
    double seconds = 0;
    int is_bad = 0;
    while (next_option(argc, argv, "", "TIME...") != -1)
        ;
    check_operands(argc, argv, 1, -1);
    for (char **text = argv + optind; *text; text++) {
        double more = seconds_of(*text);
        if (more < 0) {
            warnx("invalid time interval '%s'", *text);
            is_bad = 1;
        }
        seconds += more;
    }
    if (is_bad)
        suggest_help();
    if (seconds > 1e9)
        seconds = 1e9;
    struct timespec left = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
    return 0;
}
