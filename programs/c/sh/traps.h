/* Signals: what a script wants done when they come, and what the shell does at a terminal.
 *
 * A handler only notes that a signal came. What is to be done is done between two commands.
 */
#include <signal.h>

enum { SIGNALS = 65 };

static char *traps[SIGNALS];                 /* what is to be done; "" where a signal is ignored; [0]: at the exit */
static volatile sig_atomic_t has_come[SIGNALS], something_came;
static char is_settled[SIGNALS];             /* the shell has said what is to become of it */
static char was_ignored[SIGNALS];            /* when that was first said; then it stays so */
static int is_interactive, is_job_control, is_in_child;

static const char *const signal_names[] = {
    "EXIT", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
    "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
    "IO", "PWR", "SYS",
};

enum { NAMED = sizeof signal_names / sizeof *signal_names };

/* The number of a signal by its name or number, or -1. */
static int signal_of(const char *text)
{
    char *behind;
    long number = strtol(text, &behind, 10);
    if (isdigit((unsigned char)*text) && !*behind)
        return number < SIGNALS ? (int)number : -1;
    if (!strncasecmp(text, "SIG", 3))
        text += 3;
    for (int i = 0; i < NAMED; i++)
        if (!strcasecmp(text, signal_names[i]))
            return i;
    return -1;
}

static void note(int signal)
{
    has_come[signal] = 1;
    something_came = 1;
}

/* What the shell does with a signal that no trap is about. */
static void (*usual(int signal))(int)
{
    if (is_interactive && !is_in_child) {
        if (signal == SIGINT)
            return note;
        if (signal == SIGTERM || signal == SIGQUIT)
            return SIG_IGN;
    }
    if (is_job_control && (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU))
        return SIG_IGN;
    return SIG_DFL;
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    sigaction(signal, &action, NULL);
}

/* Make the kernel do with a signal what its trap says. */
static void settle(int signal)
{
    const char *trap = traps[signal];
    struct sigaction action;
    if (!is_settled[signal] && !sigaction(signal, NULL, &action))
        was_ignored[signal] = action.sa_handler == SIG_IGN;
    is_settled[signal] = 1;
    if (was_ignored[signal])
        return;
    handle(signal, trap ? *trap ? note : SIG_IGN : usual(signal));
}

static void set_trap(int signal, const char *what)
{
    free(traps[signal]);
    traps[signal] = what ? checked(strdup(what)) : NULL;
    if (signal)
        settle(signal);
}

static const int own_signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU };

/* The signals that a shell at a terminal treats in its own way. */
static void settle_own(void)
{
    for (size_t i = 0; i < sizeof own_signals / sizeof *own_signals; i++)
        settle(own_signals[i]);
}

/* In a child that goes on as a shell: what is ignored stays so, other traps are no more. */
static void forget_traps(void)
{
    is_in_child = 1;
    is_job_control = 0;
    for (int signal = 0; signal < SIGNALS; signal++)
        if (traps[signal] && (*traps[signal] || !signal)) {
            free(traps[signal]);
            traps[signal] = NULL;
            if (signal)
                settle(signal);
        }
    memset((void *)has_come, 0, sizeof has_come);
    something_came = 0;
}

static int has_traps(void)
{
    for (int signal = 0; signal < SIGNALS; signal++)
        if (traps[signal] && *traps[signal])
            return 1;
    return 0;
}

static void run_string(const char *script, int is_last);

/* Do what the traps say of signals that came; an interrupt without a trap gives up what a terminal has begun. */
static void mind_signals(void)
{
    if (!something_came)
        return;
    something_came = 0;
    for (int signal = 1; signal < SIGNALS; signal++) {
        if (!has_come[signal])
            continue;
        has_come[signal] = 0;
        if (traps[signal]) {
            int status = last_status;
            char *script = copy_string(&scratch, traps[signal]);
            run_string(script, 0);
            last_status = status;
        } else if (signal == SIGINT && is_interactive && !is_in_child) {
            last_status = 128 + SIGINT;
            throw(INTERRUPTED);
        }
    }
}
