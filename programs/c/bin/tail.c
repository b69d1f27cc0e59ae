/* tail [-n COUNT] [FILE]...: prints the last lines, 10 unless told; -n +COUNT: those from line COUNT on.
 *
 * Arguments: -n 1
 * Input: one
 * Input: two
 * Expected output:
 *   two
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>

#include "each.h"

static size_t lines = 10;
static int from_start, files, printed;

/* Prints all from line ``lines`` on, which counts from 1. */
static void skip(FILE *file)
{
    int byte;
    for (size_t line = 1; (byte = getc(file)) != EOF; line += byte == '\n')
        if (line >= lines && putchar(byte) == EOF)
            return;
}

static void tail(FILE *file, const char *name)
{
    struct { char *text; size_t size; } *kept = NULL; /* a ring of the last lines, once there are so many */
    char *line = NULL;
    size_t held = 0, room = 0, count = 0;
    ssize_t size;
    if (files > 1)
        printf("%s==> %s <==\n", printed++ ? "\n" : "", strcmp(name, "-") ? name : "standard input");
    if (from_start) {
        skip(file);
        return;
    }
    for (; (size = getline(&line, &room, file)) > 0 && lines; count++, line = NULL, room = 0) {
        if (count == held && held < lines) {
            size_t more = held ? held : 16;
            more = more < lines - held ? more : lines - held;
            if (!(kept = reallocarray(kept, held + more, sizeof *kept)))
                err(1, "memory");
            memset(kept + held, 0, more * sizeof *kept);
            held += more;
        }
        free(kept[count % held].text);
        kept[count % held].text = line;
        kept[count % held].size = (size_t)size;
    }
    free(line);
    for (size_t i = count > lines ? count - lines : 0; i < count; i++)
        fwrite(kept[i % held].text, 1, kept[i % held].size, stdout);
    for (size_t i = 0; i < held; i++)
        free(kept[i].text);
    free(kept);
}

int main(int argc, char **argv)
{
    cannot_open = "cannot open '%s' for reading";
    cannot_read = "error reading '%s'";
    if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) { /* tail -3 is an old way to say -n 3 */
        lines = strtoul(*++argv + 1, NULL, 10);
        argc--;
        argv[0] = "tail";
    }
    while (next_option(argc, argv, ":n:", "[-n COUNT] [FILE]...") != -1) {
        from_start = *optarg == '+';
        if (!optarg[from_start] || optarg[from_start + strspn(optarg + from_start, "0123456789")])
            errx(1, "invalid number of lines: '%s'", optarg);
        lines = strtoul(optarg + from_start, NULL, 10);
    }
    files = argc - optind;
    each_file(argv + optind, tail);
    return finish(status, 1);
}
