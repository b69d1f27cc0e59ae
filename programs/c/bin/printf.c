/* printf FORMAT [WORD]...: prints words as a format says, which is used again while there are more of them.
 *
 * Arguments: %03d|%s\n 7 word
 * Expected output:
 *   007|word
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "options.h"
#include "../sh/printf.h"

static void complain(const char *word)
{
    warnx(isdigit((unsigned char)*word) ? "'%s': value not completely converted" : "'%s': expected a numeric value", word);
}

int main(int argc, char **argv)
{
    char **word = argv + 1;
    help_if_wanted(argc, argv, "FORMAT [WORD]...");
    if (argc > 1 && !strcmp(*word, "--"))
        word++;
    if (!*word)
        misused("missing operand");
    struct printing own = { .words = word + 1, .complain = complain };
    int status = print_format(&own, *word);
    if (status < 0) {
        warnx("'%s': invalid conversion specification", *word);
        status = 1;
    }
    return finish(status, 1);
}
