/* wc [-c] [-l] [-w] [FILE]...: counts lines, words and bytes; with options only those.
 *
 * Input: three short words
 * Expected output:
 *         1       3      18
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <sys/stat.h>

#include "each.h"

enum { LINES, WORDS, BYTES, COUNTS };

static int is_wanted[COUNTS], is_named, width;
static long total[COUNTS];

/* How wide a column is, as GNU's wc has it: as the sum of the sizes, 7 where one is not known, 1 for one number. */
static int columns(char **names, int count)
{
    struct stat found;
    char digits[32];
    off_t sum = 0;
    if (is_wanted[LINES] + is_wanted[WORDS] + is_wanted[BYTES] == 1 && count <= 1)
        return 1;
    for (int i = 0; i < (count ? count : 1); i++) {
        int failed = !count || !strcmp(names[i], "-") ? fstat(STDIN_FILENO, &found) : stat(names[i], &found);
        if (!failed && !S_ISREG(found.st_mode))
            return 7;
        sum += failed ? 0 : found.st_size;
    }
    return snprintf(digits, sizeof digits, "%lld", (long long)sum);
}

static void print(const long *counts, const char *name)
{
    int printed = 0;
    for (int i = 0; i < COUNTS; i++)
        if (is_wanted[i])
            printf("%s%*ld", printed++ ? " " : "", width, counts[i]);
    printf(*name ? " %s\n" : "\n", name);
}

static void count(FILE *file, const char *name)
{
    long counts[COUNTS] = { 0 };
    int byte, inside = 0;
    while ((byte = getc(file)) != EOF) {
        counts[BYTES]++;
        counts[LINES] += byte == '\n';
        counts[WORDS] += !inside && !isspace(byte);
        inside = !isspace(byte);
    }
    for (int i = 0; i < COUNTS; i++)
        total[i] += counts[i];
    print(counts, is_named ? name : "");
}

int main(int argc, char **argv)
{
    int option;
    while ((option = next_option(argc, argv, "clw", "[-c] [-l] [-w] [FILE]...")) != -1)
        switch (option) {
        case 'c': is_wanted[BYTES] = 1; break;
        case 'l': is_wanted[LINES] = 1; break;
        case 'w': is_wanted[WORDS] = 1;
        }
    if (!is_wanted[BYTES] && !is_wanted[LINES] && !is_wanted[WORDS])
        is_wanted[BYTES] = is_wanted[LINES] = is_wanted[WORDS] = 1;
    is_named = argc > optind;
    width = columns(argv + optind, argc - optind);
    each_file(argv + optind, count);
    if (argc - optind > 1)
        print(total, "total");
    return finish(status, 1);
}
