/* date [-u] [+FORMAT]: prints the machine's time, which begins at the same moment in every run.
 *
 * Arguments: +%Y
 * Expected output:
 *   2026
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "finish.h"

int main(int argc, char **argv)
{
    int option, is_utc = 0;
    while ((option = getopt(argc, argv, "u")) != -1) {
        if (option != 'u')
            return 1;
        is_utc = 1;
    }
    const char *format = optind < argc ? argv[optind] : "+%a %b %e %H:%M:%S %Z %Y";
    if (*format != '+' || argc - optind > 1) {
        fprintf(stderr, "usage: date [-u] [+FORMAT]\n");
        return 1;
    }
    char text[1024];
    time_t now = time(NULL);
    text[strftime(text, sizeof text, format + 1, is_utc ? gmtime(&now) : localtime(&now))] = 0;
    puts(text);
    return finish(0, 1);
}
