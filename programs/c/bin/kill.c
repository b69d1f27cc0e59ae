/* kill [-SIGNAL] PID...: sends a signal, SIGTERM unless told, by its name or number.
 *
 * Arguments: -0 0
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const struct { const char *name; int number; } signals[] = {
    { "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ABRT", SIGABRT }, { "KILL", SIGKILL },
    { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM },
    { "TERM", SIGTERM }, { "CHLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
};

static int signal_of(const char *name)
{
    if (isdigit((unsigned char)*name))
        return atoi(name);
    if (!strncasecmp(name, "SIG", 3))
        name += 3;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!strcasecmp(name, signals[i].name))
            return signals[i].number;
    errx(1, "%s: no signal that is known here", name);
}

int main(int argc, char **argv)
{
    int signal = SIGTERM, status = 0, first = 1;
    if (argc > 1 && argv[1][0] == '-' && argv[1][1])
        signal = signal_of(argv[first++] + 1);
    if (first >= argc) {
        fprintf(stderr, "usage: kill [-SIGNAL] PID...\n");
        return 2;
    }
    for (int i = first; i < argc; i++) {
        char *end;
        long pid = strtol(argv[i], &end, 10);
        if (*end || end == argv[i]) {
            warnx("%s: not a process id", argv[i]);
            status = 1;
        } else if (kill((pid_t)pid, signal) < 0) {
            warn("%s", argv[i]);
            status = 1;
        }
    }
    return status;
}
