/* cut -b LIST | -c LIST | -f LIST [-d DELIMITER] [-s] [FILE]...: prints parts of each line.
 *
 * LIST is numbers and ranges from 1: 1,3-5,7-. -b, -c: bytes; -f: fields, which tabs separate, or DELIMITER; -s: no
 * lines without a delimiter.
 *
 * Arguments: -d : -f 2
 * Input: one:two:three
 * Expected output:
 *   two
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>

#include "each.h"

enum { RANGES = 256 };

static struct { long first, last; } ranges[RANGES];
static int range_count, by_fields, only_delimited;
static char delimiter = '\t';

static int is_wanted(long place)
{
    for (int i = 0; i < range_count; i++)
        if (place >= ranges[i].first && place <= ranges[i].last)
            return 1;
    return 0;
}

static void read_list(const char *text)
{
    static const char *const what[] = { "byte/character", "field" };
    while (*text) {
        char *end = (char *)text;
        long first = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 1, last = first;
        if (*end == '-') {
            const char *second = end + 1;
            last = isdigit((unsigned char)*second) ? strtol(second, &end, 10) : __LONG_MAX__;
            if (end != second && !isdigit((unsigned char)*second))
                end = (char *)second;
            if (second == text + 1 && end == second)
                misused("invalid range with no endpoint: -");
        }
        if (end == text || (*end && *end != ',' && !isblank((unsigned char)*end)))
            misused("invalid %s value '%s'", by_fields ? "field" : "byte or character position", text);
        if (first < 1)
            misused("%s%s are numbered from 1", what[by_fields], by_fields ? "s" : " positions");
        if (last < first)
            misused("invalid decreasing range");
        if (range_count == RANGES)
            errx(1, "the list is too long");
        ranges[range_count].first = first;
        ranges[range_count++].last = last;
        text = *end ? end + 1 : end;
    }
}

static void cut_bytes(const char *line, ssize_t size)
{
    for (ssize_t i = 0; i < size; i++)
        if (is_wanted(i + 1))
            putchar(line[i]);
    putchar('\n');
}

static void cut_fields(const char *line, ssize_t size)
{
    int printed = 0;
    const char *end = line + size, *stop;
    if (!memchr(line, delimiter, (size_t)size)) {
        if (!only_delimited)
            printf("%.*s\n", (int)size, line);
        return;
    }
    for (long field = 1; line <= end; field++, line = stop + 1) {
        stop = memchr(line, delimiter, (size_t)(end - line));
        stop = stop ? stop : end;
        if (!is_wanted(field))
            continue;
        if (printed++)
            putchar(delimiter);
        fwrite(line, 1, (size_t)(stop - line), stdout);
    }
    putchar('\n');
}

static void cut(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    (void)name;
    while (!ferror(stdout) && (size = getline(&line, &room, file)) > 0) {
        size -= line[size - 1] == '\n';
        if (by_fields)
            cut_fields(line, size);
        else
            cut_bytes(line, size);
    }
    free(line);
}

int main(int argc, char **argv)
{
    static const char usage[] = "-b LIST | -c LIST | -f LIST [-d DELIMITER] [-s] [FILE]...";
    int letter, kinds = 0;
    const char *list = NULL;
    while ((letter = next_option(argc, argv, ":b:c:f:d:s", usage)) != -1)
        switch (letter) {
        case 'd':
            if (*optarg && optarg[1])
                misused("the delimiter must be a single character");
            delimiter = *optarg;
            break;
        case 's': only_delimited = 1; break;
        default:
            by_fields = letter == 'f';
            list = optarg;
            if (kinds++)
                misused("only one list may be specified");
        }
    if (!list)
        misused("you must specify a list of bytes, characters, or fields");
    read_list(list);
    each_file(argv + optind, cut);
    return finish(status, 1);
}
