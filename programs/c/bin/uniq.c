/* uniq [-c] [-d] [FILE [OUTPUT]]: prints lines that follow an equal one only once; -c: with their number; -d: only such
 * lines.
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
    while (!ferror(stdout) && (size = getline(&line, &room, file)) > 0) {
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
    cannot_read = "error reading '%s'";
    while ((option = next_option(argc, argv, "cd", "[-c] [-d] [FILE [OUTPUT]]")) != -1)
        switch (option) {
        case 'c': counted = 1; break;
        case 'd': only_repeated = 1;
        }
    check_operands(argc, argv, 0, 2);
    if (optind + 1 < argc && !freopen(argv[optind + 1], "w", stdout))
        err(1, "%s", argv[optind + 1]);
    argv[optind + (optind < argc)] = NULL;
    each_file(argv + optind, once);
    return finish(status, 1);
}
