/* grep [-E] [-c] [-i] [-n] [-q] [-v] PATTERN [FILE]...: prints the lines that match a regular expression.
 *
 * -E: an extended one; -c: only how many; -i: in either case; -n: with their numbers; -q: nothing, but the exit status;
 * -v: those that do not match. The exit status is 0 when a line was found, 1 when none was, 2 for errors.
 *
 * Arguments: -n a.c
 * Input: xyz
 * Input: abc
 * Expected output:
 *   2:abc
 * Exit status: 0
 * Scheduling: any
 */
#include <regex.h>

#include "each.h"

static regex_t pattern;
static int only_count, numbered, quiet, inverted, files, found;

static void search(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    long number = 0, count = 0;
    const char *shown = strcmp(name, "-") ? name : "(standard input)";
    while (!ferror(stdout) && (size = getline(&line, &room, file)) > 0) {
        number++;
        if (line[size - 1] == '\n')
            line[size - 1] = 0;
        if ((regexec(&pattern, line, 0, NULL, 0) == 0) == inverted)
            continue;
        found = 1;
        count++;
        if (quiet)
            exit(0);
        if (only_count)
            continue;
        if (files > 1)
            printf("%s:", shown);
        if (numbered)
            printf("%ld:", number);
        puts(line);
    }
    if (only_count && !quiet) {
        if (files > 1)
            printf("%s:", shown);
        printf("%ld\n", count);
    }
    free(line);
}

int main(int argc, char **argv)
{
    static const char usage[] = "[-E] [-c] [-i] [-n] [-q] [-v] PATTERN [FILE]...";
    int option, flags = REG_NOSUB;
    failure = 2;
    while ((option = next_option(argc, argv, "Ecinqv", usage)) != -1)
        switch (option) {
        case 'E': flags |= REG_EXTENDED; break;
        case 'c': only_count = 1; break;
        case 'i': flags |= REG_ICASE; break;
        case 'n': numbered = 1; break;
        case 'q': quiet = 1; break;
        case 'v': inverted = 1;
        }
    check_operands(argc, argv, 1, -1);
    int problem = regcomp(&pattern, argv[optind], flags);
    if (problem) {
        char why[128];
        regerror(problem, &pattern, why, sizeof why);
        errx(2, "%s: %s", argv[optind], why);
    }
    files = argc - optind - 1;
    each_file(argv + optind + 1, search);
    return finish(status ? status : !found, 2);
}
