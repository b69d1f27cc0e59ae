/* kill [-SIGNAL] PID..., kill -l: sends a signal, SIGTERM unless told, by its name or number; -l: lists them.
 *
 * Arguments: -0 0
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "finish.h"

static const char *const names[] = {
    "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
    "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
    "POLL", "PWR", "SYS",
};

enum { NAMES = sizeof names / sizeof *names };

static int signal_of(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (isdigit((unsigned char)*name) && !*end && number < 65)
        return (int)number;
    if (!strncasecmp(name, "SIG", 3))
        name += 3;
    for (int i = 1; i < NAMES; i++)
        if (!strcasecmp(name, names[i]))
            return i;
    errx(1, "unknown signal %s", name);
}

static int list(void)
{
    for (int i = 1; i < NAMES; i++)
        printf("%2d %s\n", i, names[i]);
    return finish(0, 1);
}

int main(int argc, char **argv)
{
    int signal = SIGTERM, status = 0, first = 1;
    if (argc == 2 && !strcmp(argv[1], "-l"))
        return list();
    if (argc > 2 && !strcmp(argv[1], "-s")) {
        signal = signal_of(argv[2]);
        first = 3;
    } else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") && argv[1][1]) {
        signal = signal_of(argv[first++] + 1);
    }
    first += first < argc && !strcmp(argv[first], "--");
    if (first >= argc) {
        fprintf(stderr, "Usage: kill [-SIGNAL] PID...\n       kill -l\n");
        return 1;
    }
    for (int i = first; i < argc; i++) {
        char *end;
        long pid = strtol(argv[i], &end, 10);
        if (*end || end == argv[i]) {
            warnx("failed to parse argument: '%s'", argv[i]);
            return 1;
        }
        if (kill((pid_t)pid, signal) < 0) {
            warn("(%ld)", pid);
            status = 1;
        }
    }
    return status;
}
