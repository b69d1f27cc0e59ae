/* uniq [-c] [-d] [FILE]: prints lines that follow an equal one only once; -c: with their number; -d: only such lines.
 *
 * Arguments: -c
 * Input: one
 * Input: one
 * Input: two
 * Expected output:
 *         2 one
 *         1 two
 * Exit status: 0
 * Scheduling: any
 */
#include "each.h"

static int counted, only_repeated;

static void print(const char *line, long count)
{
    if (only_repeated && count < 2)
        return;
    if (counted)
        printf("%7ld ", count);
    puts(line);
}

static void once(FILE *file, const char *name)
{
    (void)name;
    char *last = NULL, *line = NULL;
    size_t room = 0;
    ssize_t size;
    long count = 0;
    while ((size = getline(&line, &room, file)) > 0) {
        if (line[size - 1] == '\n')
            line[size - 1] = 0;
        if (last && !strcmp(last, line)) {
            count++;
            continue;
        }
        if (last)
            print(last, count);
        free(last);
        last = strdup(line);
        count = 1;
    }
    if (last)
        print(last, count);
    free(last);
    free(line);
}

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "cd")) != -1)
        switch (option) {
        case 'c': counted = 1; break;
        case 'd': only_repeated = 1; break;
        default: usage("uniq [-c] [-d] [FILE]");
        }
    if (argc - optind > 1)
        usage("uniq [-c] [-d] [FILE]");
    each_file(argv + optind, once);
    return finish(status ? 1 : 0, 1);
}
