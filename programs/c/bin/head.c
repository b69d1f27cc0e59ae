/* head [-n COUNT] [FILE]...: prints the first lines, 10 unless told.
 *
 * Arguments: -n 1
 * Input: one
 * Input: two
 * Expected output:
 *   one
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>

#include "each.h"

static unsigned long lines = 10;
static int files, printed;

static void head(FILE *file, const char *name)
{
    int byte;
    if (files > 1)
        printf("%s==> %s <==\n", printed++ ? "\n" : "", strcmp(name, "-") ? name : "standard input");
    for (unsigned long left = lines; left > 0 && !ferror(stdout) && (byte = getc(file)) != EOF; left -= byte == '\n')
        putchar(byte);
}

int main(int argc, char **argv)
{
    cannot_open = "cannot open '%s' for reading";
    cannot_read = "error reading '%s'";
    if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) { /* head -3 is an old way to say -n 3 */
        lines = strtoul(*++argv + 1, NULL, 10);
        argc--;
        argv[0] = "head";
    }
    while (next_option(argc, argv, ":n:", "[-n COUNT] [FILE]...") != -1) {
        if (!*optarg || optarg[strspn(optarg, "0123456789")])
            errx(1, "invalid number of lines: '%s'", optarg);
        lines = strtoul(optarg, NULL, 10);
    }
    files = argc - optind;
    each_file(argv + optind, head);
    return finish(status, 1);
}
