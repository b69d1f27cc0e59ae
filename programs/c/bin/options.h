/* What utilities have in common that take options: --help, and what is said of wrong ones. */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "finish.h"

extern char *__progname; /* the utility's name, as err(3) shows it */

static int failure = 1; /* the exit status of wrong use, and of lost output */

static void suggest_help(void) __attribute__((noreturn));

static void suggest_help(void)
{
    fprintf(stderr, "Try '%s --help' for more information.\n", __progname);
    exit(failure);
}

/* Say what is wrong with the arguments, and exit. */
static void misused(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void misused(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vwarnx(format, arguments);
    va_end(arguments);
    suggest_help();
}

static void help(const char *usage) __attribute__((noreturn));

static void help(const char *usage)
{
    printf("Usage: %s %s\n", __progname, usage);
    exit(finish(0, failure));
}

/* For utilities whose other arguments are no options. */
static inline void help_if_wanted(int argc, char **argv, const char *usage)
{
    if (argc == 2 && !strcmp(argv[1], "--help"))
        help(usage);
}

/* The letter of the next option, -1 behind the last. ``usage`` is what --help prints behind the name. */
static int next_option(int argc, char **argv, const char *letters, const char *usage)
{
    static const struct option long_options[] = { { "help", no_argument, NULL, 1 }, { 0 } };
    opterr = 0;
    int place = optind ? optind : 1, letter = getopt_long(argc, argv, letters, long_options, NULL);
    switch (letter) {
    case 1:
        help(usage);
    case ':':
        misused("option requires an argument -- '%c'", optopt);
    case '?':
        if (!optopt)
            misused("unrecognized option '%s'", argv[place < optind - 1 ? optind - 1 : place]);
        misused("invalid option -- '%c'", optopt);
    default:
        return letter;
    }
}

/* Fail unless there are so many operands: at least, and at most or -1. */
static inline void check_operands(int argc, char **argv, int least, int most)
{
    int count = argc - optind;
    if (count < least && count)
        misused("missing operand after '%s'", argv[argc - 1]);
    if (count < least)
        misused("missing operand");
    if (most >= 0 && count > most)
        misused("extra operand '%s'", argv[optind + most]);
}
