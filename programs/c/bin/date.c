/* date [-u] [+FORMAT]: prints the machine's time, which begins at the same moment in every run.
 *
 * Arguments: +%Y
 * Expected output:
 *   2026
 * Exit status: 0
 * Scheduling: any
 */
#include <time.h>

#include "options.h"

int main(int argc, char **argv)
{
    int is_utc = 0;
    while (next_option(argc, argv, "u", "[-u] [+FORMAT]") != -1)
        is_utc = 1;
    const char *format = optind < argc ? argv[optind] : "+%a %b %e %H:%M:%S %Z %Y";
    check_operands(argc, argv, 0, 1);
    if (*format != '+')
        errx(1, "invalid date '%s'", format);
    char text[1024];
    time_t now = time(NULL);
    text[strftime(text, sizeof text, format + 1, is_utc ? gmtime(&now) : localtime(&now))] = 0;
    puts(text);
    return finish(0, 1);
}
