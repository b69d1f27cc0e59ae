/* seq [-s TEXT] [-w] [FIRST [STEP]] LAST: prints numbers from FIRST, 1 unless told, to LAST.
 *
 * -s: with this text between them, not ends of lines; -w: all as wide as the widest, by zeros. They have as many
 * digits behind the point as FIRST and STEP.
 *
 * Arguments: 2 2 6
 * Expected output:
 *   2
 *   4
 *   6
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "options.h"

static int digits; /* behind the point */

static double number_of(const char *text, int is_precise)
{
    char *end;
    const char *point = strchr(text, '.');
    double number = strtod(text, &end);
    if (*end || end == text || isspace((unsigned char)*text) || !isfinite(number))
        misused("invalid floating point argument: '%s'", text);
    int length = point ? (int)strlen(point + 1) : 0;
    if (is_precise && length > digits)
        digits = length;
    return number;
}

static int width_of(double number)
{
    return snprintf(NULL, 0, "%.*f", digits, number);
}

int main(int argc, char **argv)
{
    const char *between = "\n";
    int letter, is_wide = 0, width = 0;
    while (optind < argc && !(argv[optind][0] == '-' && (isdigit((unsigned char)argv[optind][1]) || argv[optind][1] == '.'))
           && (letter = next_option(argc, argv, "+:s:w", "[-s TEXT] [-w] [FIRST [STEP]] LAST")) != -1)
        if (letter == 's')
            between = optarg;
        else
            is_wide = 1;
    check_operands(argc, argv, 1, 3);
    int count = argc - optind;
    double first = count > 1 ? number_of(argv[optind], 1) : 1, step = count > 2 ? number_of(argv[optind + 1], 1) : 1;
    double last = number_of(argv[argc - 1], 0);
    if (step == 0)
        misused("invalid Zero increment value: '%s'", argv[optind + 1]);
    double steps = floor((last - first) / step + 1e-10); /* 0.1 cannot be told exactly */
    if (is_wide)
        width = width_of(first) > width_of(last) ? width_of(first) : width_of(last);
    for (double i = 0; i <= steps; i++) {
        printf("%s%0*.*f", i > 0 ? between : "", width, digits, first + i * step);
        check_output(1);
    }
    if (steps >= 0)
        putchar('\n');
    return finish(0, 1);
}
