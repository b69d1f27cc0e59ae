/* sort [-n] [-r] [-u] [FILE]...: prints all lines in order, of their bytes.
 *
 * -n: of the numbers that they begin with; -r: backwards; -u: equal ones once.
 *
 * Input: two
 * Input: one
 * Expected output:
 *   one
 *   two
 * Exit status: 0
 * Scheduling: any
 */
#include "each.h"

static char **lines;
static size_t count, room;
static int numeric, backwards, once;

static void collect(FILE *file, const char *name)
{
    (void)name;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = 0;
        if (count == room && !(lines = realloc(lines, (room = 2 * room + 64) * sizeof *lines)))
            err(2, "memory");
        lines[count++] = line;
        line = NULL;
        size = 0;
    }
    free(line);
}

static int by_key(const char *one, const char *other)
{
    if (!numeric)
        return strcmp(one, other);
    double first = strtod(one, NULL), second = strtod(other, NULL);
    return (first > second) - (first < second);
}

/* -r turns the order of the keys around; lines whose keys are equal are in order of their bytes, turned as well. */
static int compare(const void *one, const void *other)
{
    const char *first = *(char *const *)one, *second = *(char *const *)other;
    int order = by_key(first, second);
    if (!order && !once)
        order = strcmp(first, second);
    return backwards ? -order : order;
}

int main(int argc, char **argv)
{
    int option;
    failure = 2;
    cannot_open = "cannot read: %s";
    cannot_read = "read failed: %s";
    while ((option = next_option(argc, argv, "nru", "[-n] [-r] [-u] [FILE]...")) != -1)
        switch (option) {
        case 'n': numeric = 1; break;
        case 'r': backwards = 1; break;
        case 'u': once = 1;
        }
    each_file(argv + optind, collect);
    if (status)
        return status;
    if (count)
        qsort(lines, count, sizeof *lines, compare);
    for (size_t i = 0; i < count && !ferror(stdout); i++)
        if (!once || i == 0 || by_key(lines[i - 1], lines[i]))
            puts(lines[i]);
    return finish(status, 2);
}
