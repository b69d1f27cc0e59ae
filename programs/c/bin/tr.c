/* tr [-d] [-s] SET1 [SET2]: replaces bytes of its input that are in SET1 by those at the same place in SET2.
 *
 * -d: leaves them out; -s: prints a byte of the last set once where it repeats. A set is bytes, ranges (a-z), classes
 * ([:alpha:], [:digit:], [:lower:], [:space:], [:upper:]) and \n, \t, \\.
 *
 * Arguments: a-z A-Z
 * Input: quiet words
 * Expected output:
 *   QUIET WORDS
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <string.h>

#include "options.h"

struct set { unsigned char bytes[4096]; int size; };

static const struct { const char *name; int (*holds)(int); } classes[] = {
    { "[:alpha:]", isalpha }, { "[:digit:]", isdigit }, { "[:lower:]", islower }, { "[:space:]", isspace },
    { "[:upper:]", isupper }, { "[:alnum:]", isalnum }, { "[:punct:]", ispunct },
};

static void add(struct set *set, int byte)
{
    if (set->size < (int)sizeof set->bytes)
        set->bytes[set->size++] = (unsigned char)byte;
}

static const char *add_class(struct set *set, const char *text)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strncmp(text, classes[i].name, strlen(classes[i].name))) {
            for (int byte = 0; byte < 256; byte++)
                if (classes[i].holds(byte))
                    add(set, byte);
            return text + strlen(classes[i].name);
        }
    return NULL;
}

static int read_byte(const char **text)
{
    int byte = (unsigned char)*(*text)++;
    if (byte != '\\' || !**text)
        return byte;
    byte = (unsigned char)*(*text)++;
    return byte == 'n' ? '\n' : byte == 't' ? '\t' : byte;
}

static void read_set(struct set *set, const char *text)
{
    set->size = 0;
    while (*text) {
        const char *behind = add_class(set, text);
        if (behind) {
            text = behind;
            continue;
        }
        int first = read_byte(&text), last = first;
        if (*text == '-' && text[1]) {
            text++;
            last = read_byte(&text);
        }
        for (int byte = first; byte <= last; byte++)
            add(set, byte);
    }
}

int main(int argc, char **argv)
{
    static struct set from, to;
    static int is_left_out[256], is_squeezed[256], becomes[256];
    int option, deletes = 0, squeezes = 0, byte, before = EOF;
    while ((option = next_option(argc, argv, "+ds", "[-d] [-s] SET1 [SET2]")) != -1)
        switch (option) {
        case 'd': deletes = 1; break;
        case 's': squeezes = 1;
        }
    check_operands(argc, argv, 1, 2);
    int sets = argc - optind;
    if (sets == 1 && !deletes && !squeezes) {
        warnx("missing operand after '%s'", argv[optind]);
        fprintf(stderr, "Two strings must be given when translating.\n");
        suggest_help();
    }
    read_set(&from, argv[optind]);
    if (sets == 2)
        read_set(&to, argv[optind + 1]);
    for (int i = 0; i < 256; i++)
        becomes[i] = i;
    for (int i = 0; i < from.size; i++) {
        if (deletes)
            is_left_out[from.bytes[i]] = 1;
        else if (to.size) /* the last byte of a shorter set stands for all that are missing */
            becomes[from.bytes[i]] = to.bytes[i < to.size ? i : to.size - 1];
    }
    const struct set *last = sets == 2 ? &to : &from;
    for (int i = 0; squeezes && i < last->size; i++)
        is_squeezed[last->bytes[i]] = 1;
    while (!ferror(stdout) && (byte = getchar()) != EOF) {
        if (is_left_out[byte])
            continue;
        byte = becomes[byte];
        if (!is_squeezed[byte] || byte != before)
            putchar(byte);
        before = byte;
    }
    return finish(0, 1);
}
