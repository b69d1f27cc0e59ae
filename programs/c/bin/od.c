/* od [-A BASE] [-t TYPE]... [-bcdiosxv] [-j BYTES] [-N BYTES] [FILE]...: prints bytes as numbers, 16 in a line.
 *
 * -A: the base of the places: o, d, x, or n for none; -t: c, or d, o, u, x with the number of bytes, 1, 2, 4 or 8, and z
 * to see the text as well; -b: o1; -c: c; -d: u2; -i: d4; -o: o2; -s: d2; -x: x2; -j: the bytes to leave out first; -N:
 * how many to print; -v: also lines that are like the one before. Numbers have their lowest byte first.
 *
 * Arguments: -A x -t x1z
 * Input: abc
 * Expected output:
 *   000000 61 62 63 0a                                      >abc.<
 *   000004
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "options.h"

enum { LINE = 16, TYPES = 16 };

/* How bytes are shown: letter is c, d, o, u or x; a number takes so many columns. */
struct type {
    char letter;
    int size, width, with_text;
};

static struct type types[TYPES];
static int has_opened, type_count, base = 'o', shows_all, status;

static int width_of(char letter, int size)
{
    static const int widths[][4] = { { 4, 6, 11, 20 }, { 3, 6, 11, 22 }, { 3, 5, 10, 20 }, { 2, 4, 8, 16 } };
    int place = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
    return letter == 'c' ? 3 : widths[letter == 'd' ? 0 : letter == 'o' ? 1 : letter == 'u' ? 2 : 3][place];
}

static void add_type(char letter, int size)
{
    if (type_count == TYPES)
        errx(1, "too many types");
    types[type_count++] = (struct type){ letter, size, width_of(letter, size), 0 };
}

/* Types as -t has them: x1, or several as in cx1. */
static void read_types(const char *text)
{
    const char *at = text;
    while (*at) {
        char letter = *at++, *end = (char *)at;
        if (!strchr("cdoux", letter))
            errx(1, "invalid character '%c' in type string '%s'", letter, text);
        long size = letter == 'c' ? 1 : isdigit((unsigned char)*at) ? strtol(at, &end, 10) : 4;
        if (letter != 'c' && end == at && *at && strchr("CSIL", *at))
            size = *at == 'C' ? 1 : *at == 'S' ? 2 : *at == 'I' ? 4 : 8, end++;
        if (size != 1 && size != 2 && size != 4 && size != 8)
            errx(1, "invalid type string '%s';\nthis system doesn't provide a %ld-byte integral type", text, size);
        at = end;
        add_type(letter, (int)size);
        if (*at == 'z') {
            types[type_count - 1].with_text = 1;
            at++;
        }
    }
}

static uint64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    uint64_t number = strtoumax(text, &end, 0);
    uint64_t unit = *end == 'b' ? 512 : *end == 'k' || *end == 'K' ? 1024 : *end == 'm' || *end == 'M' ? 1 << 20 : 1;
    end += unit > 1;
    if (*end || end == text || errno || *text == '-')
        errx(1, "invalid argument '%s'", text);
    return number * unit;
}

static void print_place(uint64_t place)
{
    switch (base) {
    case 'o': printf("%07" PRIo64, place); break;
    case 'd': printf("%07" PRIu64, place); break;
    case 'x': printf("%06" PRIx64, place);
    }
}

static void print_character(unsigned char byte, int width)
{
    static const char special[] = "\0\a\b\f\n\r\t\v", letters[] = "0abfnrtv";
    const char *found = memchr(special, byte, sizeof special - 1);
    char text[8];
    if (found)
        snprintf(text, sizeof text, "\\%c", letters[found - special]);
    else
        snprintf(text, sizeof text, isprint(byte) ? "%c" : "%03o", byte);
    printf("%*s", width, text);
}

static void print_number(const struct type *type, const unsigned char *bytes, int width)
{
    uint64_t number = 0;
    for (int i = type->size; i--;)
        number = number << 8 | bytes[i];
    int unused = 64 - 8 * type->size;
    switch (type->letter) {
    case 'd': printf("%*" PRId64, width, (int64_t)(number << unused) >> unused); break;
    case 'o': printf("%*s%0*" PRIo64, width - type->width, "", type->width, number); break;
    case 'u': printf("%*" PRIu64, width, number); break;
    case 'x': printf("%*s%0*" PRIx64, width - type->width, "", type->width, number); break;
    default: print_character(*bytes, width);
    }
}

/* Print the bytes of a line as one type, as wide as the type that takes most columns: `columns` in all. */
static void print_as(const struct type *type, const unsigned char *bytes, int count, int columns)
{
    int fields = LINE / type->size, padding = columns - fields * (type->width + 1), left = padding;
    for (int i = 0; i < fields && i * type->size < count; i++) {
        int next = padding * (fields - 1 - i) / fields;
        putchar(' ');
        print_number(type, bytes + i * type->size, left - next + type->width);
        left = next;
    }
    if (type->with_text) {
        int missing = fields - (count + type->size - 1) / type->size;
        int next = padding * missing / fields;
        printf("%*s  >", missing * (type->width + 1) + next, "");
        for (int i = 0; i < count; i++)
            putchar(isprint(bytes[i]) ? bytes[i] : '.');
        putchar('<');
    }
    putchar('\n');
}

static void print_line(uint64_t place, const unsigned char *bytes, int count)
{
    int columns = 0;
    for (int i = 0; i < type_count; i++) {
        int own = LINE / types[i].size * (types[i].width + 1);
        columns = own > columns ? own : columns;
    }
    for (int i = 0; i < type_count; i++) {
        if (!i)
            print_place(place);
        else if (base != 'n')
            printf("%*s", base == 'x' ? 6 : 7, "");
        print_as(&types[i], bytes, count, columns);
    }
}

/* The next byte of all files behind each other, or EOF. */
static int next_byte(char ***names)
{
    static FILE *file;
    for (;;) {
        if (!file) {
            if (!**names)
                return EOF;
            file = strcmp(**names, "-") ? fopen(**names, "r") : stdin;
            if (!file) {
                warn("%s", **names);
                status = 1;
                ++*names;
                continue;
            }
            has_opened = 1;
        }
        int byte = getc(file);
        if (byte != EOF)
            return byte;
        if (ferror(file)) {
            warn("%s", **names);
            status = 1;
        }
        if (file != stdin)
            fclose(file);
        file = NULL;
        ++*names;
    }
}

static void dump(char **names, uint64_t skipped, uint64_t limit)
{
    unsigned char bytes[LINE] = { 0 }, before[LINE];
    uint64_t place = 0;
    int count = 0, byte = 0, has_before = 0, is_starred = 0;
    for (; place < skipped; place++)
        if (next_byte(&names) == EOF) {
            warnx("cannot skip past end of combined input");
            status = 1;
            return;
        }
    while (byte != EOF && !ferror(stdout)) {
        memset(bytes, 0, sizeof bytes);
        for (count = 0; count < LINE && limit && (byte = next_byte(&names)) != EOF; count++, limit--)
            bytes[count] = (unsigned char)byte;
        if (count < LINE)
            byte = EOF;
        if (!count)
            break;
        if (!shows_all && has_before && count == LINE && !memcmp(bytes, before, LINE)) {
            if (!is_starred)
                puts("*");
            is_starred = 1;
        } else {
            print_line(place, bytes, count);
            is_starred = 0;
        }
        memcpy(before, bytes, LINE);
        has_before = 1;
        place += (uint64_t)count;
    }
    if (!has_opened && status)
        return;
    print_place(place);
    if (base != 'n')
        putchar('\n');
}

int main(int argc, char **argv)
{
    static const char usage[] = "[-A BASE] [-t TYPE]... [-bcdiosxv] [-j BYTES] [-N BYTES] [FILE]...";
    static char *input[] = { "-", NULL };
    uint64_t skipped = 0, limit = UINT64_MAX;
    int letter;
    while ((letter = next_option(argc, argv, ":A:bcdij:N:ost:vx", usage)) != -1)
        switch (letter) {
        case 'A':
            if (!*optarg || !strchr("doxn", *optarg) || optarg[1])
                errx(1, "invalid output address radix '%c'; it must be one character from [doxn]", *optarg);
            base = *optarg;
            break;
        case 't': read_types(optarg); break;
        case 'j': skipped = number_of(optarg); break;
        case 'N': limit = number_of(optarg); break;
        case 'v': shows_all = 1; break;
        case 'b': add_type('o', 1); break;
        case 'c': add_type('c', 1); break;
        case 'd': add_type('u', 2); break;
        case 'i': add_type('d', 4); break;
        case 's': add_type('d', 2); break;
        default: add_type((char)letter, 2);
        }
    if (!type_count)
        add_type('o', 2);
    dump(optind < argc ? argv + optind : input, skipped, limit);
    return finish(status, 1);
}
