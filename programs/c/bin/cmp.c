/* cmp [-l] [-s] FILE [OTHER]: says where two files differ first; OTHER is standard input unless told.
 *
 * -l: every byte that differs, by its number and its values in octal; -s: nothing, but the exit status: 0 when they are
 * alike, 1 when they differ, 2 for errors.
 *
 * Arguments: -s /dev/null /dev/null
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>

#include "options.h"

static int all, silent;

static FILE *open_or_say(const char *name)
{
    FILE *file = strcmp(name, "-") ? fopen(name, "r") : stdin;
    if (!file) {
        if (!silent)
            warn("%s", name);
        exit(2);
    }
    return file;
}

static void end_of(const char *name, long count, long line, int before)
{
    if (silent)
        return;
    fflush(stdout);
    if (!count)
        warnx("EOF on %s which is empty", name);
    else if (all)
        warnx("EOF on %s after byte %ld", name, count);
    else if (before == '\n')
        warnx("EOF on %s after byte %ld, line %ld", name, count, line - 1);
    else
        warnx("EOF on %s after byte %ld, in line %ld", name, count, line);
}

static int compare(FILE *one, FILE *other, const char *name, const char *other_name)
{
    long count = 0, line = 1;
    int status = 0, before = 0;
    for (;;) {
        int first = getc(one), second = getc(other);
        if (first == EOF && second == EOF)
            return status;
        if (first == EOF || second == EOF) {
            end_of(first == EOF ? name : other_name, count, line, before);
            return 1;
        }
        count++;
        if (first != second) {
            status = 1;
            if (silent)
                return 1;
            if (!all) {
                printf("%s %s differ: char %ld, line %ld\n", name, other_name, count, line);
                return 1;
            }
            printf("%ld %3o %3o\n", count, (unsigned)first, (unsigned)second);
            check_output(2);
        }
        line += first == '\n';
        before = first;
    }
}

int main(int argc, char **argv)
{
    int letter;
    failure = 2;
    while ((letter = next_option(argc, argv, "ls", "[-l] [-s] FILE [OTHER]")) != -1)
        if (letter == 'l')
            all = 1;
        else
            silent = 1;
    if (optind == argc)
        misused("missing operand after 'cmp'");
    check_operands(argc, argv, 1, 2);
    const char *name = argv[optind], *other = optind + 1 < argc ? argv[optind + 1] : "-";
    FILE *one = open_or_say(name), *second = open_or_say(other);
    return finish(compare(one, second, name, other), 2);
}
