/* A shell: the language of POSIX, job control at a terminal, and a choice of how to launch programs.
 *
 *   a | b   a ; b   a && b   a || b   ! a   a &   ( list )   { list; }   name() { list; }
 *   if, while, until, for, case           < file  > file  >> file  2>&1  <<END
 *   'quoted' "quoted $x" \\x  $x ${x:-word} ${x#pattern} $(command) `command` $((1 + 2))  *.c  ~  # comment
 *   built in: see help; launch [fork|vfork|spawn] is this shell's own
 *
 * sh [-eux...] [FILE [ARGUMENT]...], sh -c COMMAND [NAME [ARGUMENT]...]; without either it reads its input, from a
 * terminal with a prompt and keys to edit (line_editor.h).
 *
 * Each file in sh/ is one step: reading bytes, words, tokens, the grammar; expanding words; redirections, jobs and new
 * processes; doing commands.
 *
 * Input: echo one | tr o 0 ; false || echo two
 * Scheduling: any
 */
#include "sh/memory.h"
#include "sh/errors.h"
#include "sh/syntax.h"
#include "sh/input.h"
#include "sh/words.h"
#include "sh/tokens.h"
#include "sh/parser.h"
#include "sh/variables.h"
#include "sh/arithmetic.h"
#include "sh/expand.h"
#include "sh/traps.h"
#include "sh/jobs.h"
#include "sh/redirect.h"
#include "sh/launch.h"
#include "sh/scripts.h"
#include "sh/simple.h"
#include "sh/evaluate.h"
#include "sh/test.h"
#include "sh/printf.h"
#include "sh/builtins_variables.h"
#include "sh/builtins_jobs.h"
#include "sh/builtins.h"
#include "line_editor.h"

/* --- what the input needs of others ------------------------------------------------------------------------------- */

static void echo_line(const char *line, size_t length)
{
    if (options['v'])
        fwrite(line, 1, length, stderr);
}

/* PS1 or PS2, with what stands in it for something else. */
static const char *prompt(int is_first)
{
    const char *text = get(is_first ? "PS1" : "PS2");
    struct parser *asking = parser;
    struct program *program = parsed, own = { 0 };
    parsed = &own;
    char *shown = expand_to_string(read_document(text ? text : "", 1));
    release_all(&own.pool);
    parsed = program;
    parser = asking;
    return shown;
}

/* Append a line that somebody types; 0 at the end of input. Before a first line, what became of jobs is told. */
static int type_line(struct input *from, int is_first)
{
    char line[TYPED_LINE];
    int end;
    fflush(stdout);
    if (is_first)
        show_jobs(stderr, 1, 0);
    do {
        end = edit_line(prompt(is_first), line, sizeof line);
        something_came = has_come[SIGINT] = 0;
        if (end == LINE_GIVEN_UP) {
            last_status = 128 + SIGINT;
            if (!is_first)
                throw(INTERRUPTED);
        }
    } while (end == LINE_GIVEN_UP);
    if (end == LINE_READ)
        append(from, line, strlen(line));
    return end == LINE_READ;
}

/* --- the shell as a whole ----------------------------------------------------------------------------------------- */

/* Take the terminal as a shell with job control, or give that up, as option -m says. */
static void settle_job_control(void)
{
    int wanted = options['m'] && !is_in_child;
    if (wanted == is_job_control)
        return;
    if (wanted && tcgetpgrp(STDIN_FILENO) < 0) {
        complain("can't access tty; job control turned off");
        options['m'] = 0;
        return;
    }
    is_job_control = wanted;
    settle_own();
    if (wanted) {
        if (getpgrp() != getpid())
            setpgid(0, 0);
        shell_group = getpgrp();
        tcsetpgrp(STDIN_FILENO, shell_group);
    }
}

static void be_interactive(void)
{
    is_interactive = 1;
    options['i'] = 1;
    options['m'] = 1;
    settle_own();
    settle_job_control();
}

/* Do all commands of the input, and exit. */
static void run_shell(void) __attribute__((noreturn));

static void run_shell(void)
{
    struct catcher own;
    for (;;) {
        enter(&own);
        switch (setjmp(own.place)) {
        case NO_PROBLEM:
            run_commands(1);
            leave_shell(last_status);
        case EXITING:
            leave_shell(exit_status);
        default:
            if (!is_interactive)
                leave_shell(last_status);
        }
        leave(&own);
        input->at = input->length; /* the rest of the line is given up */
        skipping = NOTHING_SKIPPED;
        loops = 0;
    }
}

/* The options that the shell is called with; what is behind them. */
static char **take_options(char **words, int *is_command)
{
    struct catcher own;
    enter(&own);
    if (setjmp(own.place))
        exit(2);
    for (; *words && (**words == '-' || **words == '+') && (*words)[1] && strcmp(*words, "--"); words++) {
        char *letter = strchr(*words, 'c'), text[64], *one[] = { text, NULL };
        if (letter && strcmp(*words, "-o"))
            *is_command = 1;
        snprintf(text, sizeof text, "%s", *words);
        if (letter && (letter = strchr(text, 'c')))
            memmove(letter, letter + 1, strlen(letter));
        if (text[1])
            set_options(one);
    }
    leave(&own);
    return words + (*words && !strcmp(*words, "--"));
}

int main(int argc, char **argv)
{
    static struct input script;
    static struct undo undo;
    int is_command = 0;
    (void)argc;
    stack_start = (const char *)&is_command;
    shell_pid = getpid();
    shell_name = argv[0] ? argv[0] : "sh";
    char **words = take_options(argv + 1, &is_command);
    take_environment();
    line_number = 1;
    if (is_command && *words) {
        script.string = *words++;
    } else if (is_command) {
        fprintf(stderr, "%s: 0: -c requires an argument\n", shell_name);
        return 2;
    } else if (*words && !options['s']) {
        script.file = open_script(*words);
        if (script.file < 0) {
            fprintf(stderr, "%s: 0: cannot open %s: No such file\n", shell_name, *words);
            return 2;
        }
    }
    if (*words && !(script.file == STDIN_FILENO && !is_command))
        shell_name = *words++;
    int count = 0;
    while (words[count])
        count++;
    set_parameters(words, count);
    script.is_terminal = !is_command && script.file == STDIN_FILENO && isatty(STDIN_FILENO);
    read_from(&script, &undo);
    if (script.is_terminal || options['i'])
        be_interactive();
    run_shell();
}
