/* A small shell: pipelines, redirections, lists, background jobs, and a choice of how to launch programs.
 *
 *   command arguments > file        < file  > file  >> file  2> file  2>&1  >&2, in the order in which they stand
 *   a | b | c     a ; b     a && b     a || b     a &
 *   'quoted' "quoted $?" \x  $?  $$  $NAME  NAME=VALUE  *.c  # comment
 *   built in: cd [DIR], exit [N], export NAME=VALUE, wait, launch [fork|vfork|spawn], help
 *
 * It reads from a terminal with a prompt and keys to edit (line_editor.h), from a file (sh FILE), from a string (sh -c COMMAND), or from its input.
 *
 * Input: echo one | tr o 0 ; false || echo two
 * Scheduling: any
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "line_editor.h"

extern char **environ;

enum { WORDS = 256, REDIRECTIONS = 8, STAGES = 32, TEXT = 65536, LINE = 4096 };

/* A descriptor becomes that of a file, opened with these flags, or without a file a copy of another descriptor. */
struct redirection {
    int descriptor, flags, other;
    char *file;
};

/* One command of a pipeline: its words, and what becomes of its descriptors, in this order. */
struct command {
    char *words[WORDS];
    int count, redirection_count;
    struct redirection redirections[REDIRECTIONS];
};

enum launcher { FORK, VFORK, SPAWN };
static const char *launcher_names[] = { "fork", "vfork", "spawn" };

static enum launcher launcher = FORK;
static int last_status;
static int interactive;

static void complain(const char *what, const char *why)
{
    fprintf(stderr, "sh: %s: %s\n", what, why);
}

/* --- reading: words and operators ---------------------------------------------------------------------------- */

static char text[TEXT]; /* the words of the line at hand */
static size_t used;
static const char *cursor;
static int is_too_long; /* there was no room for all of them */
static char pattern[2 * TEXT]; /* the last word as glob(3) wants it: what was quoted has a backslash */
static int is_pattern;

enum token { END, WORD, PIPE, SEMICOLON, AND, OR, BACKGROUND, REDIRECTION, BAD };

static void put(char byte)
{
    if (used < TEXT - 1)
        text[used++] = byte;
    else
        is_too_long = 1;
}

static void put_string(const char *string)
{
    while (*string)
        put(*string++);
}

/* $?, $$ or $NAME at the cursor, which stands behind the dollar sign. */
static void expand(void)
{
    char name[64], number[16];
    size_t length = 0;
    if (*cursor == '?' || *cursor == '$') {
        snprintf(number, sizeof number, "%d", *cursor == '?' ? last_status : (int)getpid());
        put_string(number);
        cursor++;
        return;
    }
    while ((isalnum((unsigned char)*cursor) || *cursor == '_') && length < sizeof name - 1)
        name[length++] = *cursor++;
    name[length] = 0;
    if (!length)
        put('$');
    else if (getenv(name))
        put_string(getenv(name));
}

/* A byte of the word at hand, which is to be taken as it is when it was quoted. */
static void put_byte(char byte, int is_quoted, size_t *length)
{
    int is_special = byte && strchr("*?[\\", byte);
    put(byte);
    if (is_too_long)
        return;
    if (is_special && !is_quoted)
        is_pattern = 1;
    else if (is_special)
        pattern[(*length)++] = '\\';
    pattern[(*length)++] = byte;
}

/* A word at the cursor, quotes removed and variables expanded. NULL if a quote is not closed. */
static char *read_word(void)
{
    char *word = text + used, quote = 0;
    size_t length = 0;
    is_pattern = 0;
    for (; *cursor && (quote || !strchr(" \t\n|;&<>", *cursor)); ) {
        char byte = *cursor++;
        if (quote == '\'' ? byte == '\'' : quote && byte == '"')
            quote = 0;
        else if (!quote && (byte == '\'' || byte == '"'))
            quote = byte;
        else if (byte == '\\' && quote != '\'' && *cursor)
            put_byte(*cursor++, 1, &length);
        else if (byte == '$' && quote != '\'') {
            char *from = text + used;
            expand();
            for (; from < text + used; from++)
                pattern[length++] = *from;
        } else
            put_byte(byte, quote, &length);
    }
    put(0);
    pattern[length] = 0;
    return quote ? NULL : word;
}

static void add_word(struct command *command, char *word)
{
    if (command->count < WORDS - 1)
        command->words[command->count++] = word;
}

/* The last word that was read: the files that it matches, or itself when it matches none. */
static void add_matches(struct command *command, char *word)
{
    glob_t files;
    if (!is_pattern || glob(pattern, 0, NULL, &files)) {
        add_word(command, word);
        return;
    }
    for (size_t i = 0; i < files.gl_pathc; i++) {
        add_word(command, text + used);
        put_string(files.gl_pathv[i]);
        put(0);
    }
    globfree(&files);
}

static int accept(const char *operator)
{
    size_t length = strlen(operator);
    if (strncmp(cursor, operator, length))
        return 0;
    cursor += length;
    return 1;
}

/* [N]< file, [N]> file, [N]>> file or [N]>&M at the cursor, but for the file; 0 if there is none of them. */
static int read_redirection(struct redirection *redirection)
{
    const char *start = cursor;
    int descriptor = isdigit((unsigned char)*cursor) ? *cursor++ - '0' : -1;
    memset(redirection, 0, sizeof *redirection);
    redirection->other = -1;
    if (accept(">&") && isdigit((unsigned char)*cursor))
        redirection->other = *cursor++ - '0';
    else if (accept(">>"))
        redirection->flags = O_WRONLY | O_CREAT | O_APPEND;
    else if (accept(">"))
        redirection->flags = O_WRONLY | O_CREAT | O_TRUNC;
    else if (accept("<"))
        redirection->flags = O_RDONLY;
    else {
        cursor = start;
        return 0;
    }
    redirection->descriptor = descriptor >= 0 ? descriptor : redirection->other < 0 && !redirection->flags ? 0 : 1;
    return 1;
}

static enum token next(char **word, struct redirection *redirection)
{
    static const struct { const char *text; enum token token; } operators[] = {
        { "||", OR }, { "|", PIPE }, { "&&", AND }, { "&", BACKGROUND }, { ";", SEMICOLON }, { "\n", SEMICOLON },
    };
    while (*cursor == ' ' || *cursor == '\t')
        cursor++;
    if (*cursor == '#')
        while (*cursor && *cursor != '\n')
            cursor++;
    if (!*cursor)
        return END;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (accept(operators[i].text))
            return operators[i].token;
    if (redirection && read_redirection(redirection))
        return REDIRECTION;
    *word = read_word();
    return *word ? WORD : BAD;
}

/* --- launching ------------------------------------------------------------------------------------------------ */

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(2);
}

/* In the child, between fork or vfork and exec: only system calls, and no variable of the parent is changed. */
static void become(const struct command *command, int in, int out, int background)
{
    if (in != STDIN_FILENO)
        dup2(in, STDIN_FILENO);
    if (out != STDOUT_FILENO)
        dup2(out, STDOUT_FILENO);
    for (int i = 0; i < command->redirection_count; i++) {
        const struct redirection *wanted = &command->redirections[i];
        int from = wanted->file ? open(wanted->file, wanted->flags | O_CLOEXEC, 0666) : wanted->other;
        if (from < 0 || (from != wanted->descriptor && dup2(from, wanted->descriptor) < 0)) {
            say("sh: ");
            say(wanted->file ? wanted->file : "descriptor");
            say(": cannot be opened\n");
            _exit(2);
        }
        if (wanted->file && from == wanted->descriptor)
            fcntl(from, F_SETFD, 0);
    }
    if (background)
        signal(SIGINT, SIG_IGN);
    execvp(command->words[0], command->words);
    _exit(errno == ENOENT ? 127 : 126);
}

static pid_t spawn(struct command *command, int in, int out, int background)
{
    pid_t child;
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (in != STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (out != STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    for (int i = 0; i < command->redirection_count; i++) {
        const struct redirection *wanted = &command->redirections[i];
        if (wanted->file)
            posix_spawn_file_actions_addopen(&actions, wanted->descriptor, wanted->file, wanted->flags, 0666);
        else
            posix_spawn_file_actions_adddup2(&actions, wanted->other, wanted->descriptor);
    }
    if (background) /* what is ignored stays ignored in the child */
        sigaction(SIGINT, &ignore, &before);
    int failure = posix_spawnp(&child, command->words[0], &actions, NULL, command->words, environ);
    if (background)
        sigaction(SIGINT, &before, NULL);
    posix_spawn_file_actions_destroy(&actions);
    errno = failure;
    return failure ? -1 : child;
}

/* Start one command with these descriptors as its input and output; its pid, or -1 with errno. */
static pid_t start(struct command *command, int in, int out, int background)
{
    pid_t child;
    fflush(stdout);
    if (launcher == SPAWN)
        return spawn(command, in, out, background);
    child = launcher == FORK ? fork() : vfork();
    if (child == 0)
        become(command, in, out, background);
    return child;
}

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void report(const char *name, int status)
{
    if (status == 127)
        complain(name, "not found");
    else if (status == 126)
        complain(name, "cannot be run");
    else if (status > 128 && status != 128 + SIGINT && status != 128 + SIGPIPE)
        fprintf(stderr, "%s\n", strsignal(status - 128));
}

static int builtin(struct command *command);

static int set_variable(const char *word)
{
    const char *sign = strchr(word, '=');
    char name[64];
    if (!sign || sign == word || (size_t)(sign - word) >= sizeof name || isdigit((unsigned char)*word))
        return 0;
    for (const char *at = word; at < sign; at++)
        if (!isalnum((unsigned char)*at) && *at != '_')
            return 0;
    snprintf(name, sizeof name, "%.*s", (int)(sign - word), word);
    setenv(name, sign + 1, 1);
    return 1;
}

static void run_pipeline(struct command *stages, int count, int background)
{
    pid_t children[STAGES];
    int in = STDIN_FILENO, status;
    if (count == 1 && !background && builtin(&stages[0]))
        return;
    for (int i = 0; i < count; i++) {
        int ends[2] = { -1, STDOUT_FILENO };
        if (i + 1 < count && pipe2(ends, O_CLOEXEC) < 0) {
            complain("pipe", strerror(errno));
            ends[1] = STDOUT_FILENO;
        }
        children[i] = start(&stages[i], in, ends[1], background);
        if (children[i] < 0) {
            complain(stages[i].words[0], strerror(errno));
            last_status = errno == ENOENT ? 127 : 126;
        }
        if (in != STDIN_FILENO)
            close(in);
        if (ends[1] != STDOUT_FILENO)
            close(ends[1]);
        in = ends[0];
    }
    if (background) {
        if (interactive)
            fprintf(stderr, "[%d]\n", (int)children[count - 1]);
        last_status = 0;
        return;
    }
    for (int i = 0; i < count; i++)
        if (children[i] > 0) {
            while (waitpid(children[i], &status, 0) < 0 && errno == EINTR)
                ;
            report(stages[i].words[0], status_of(status));
            if (i + 1 == count)
                last_status = status_of(status);
        }
    if (interactive && last_status == 128 + SIGINT)
        fputc('\n', stderr);
}

/* --- built-in commands ------------------------------------------------------------------------------------------ */

static int change_launcher(const char *name)
{
    for (int i = FORK; i <= SPAWN; i++)
        if (name && !strcmp(name, launcher_names[i])) {
            launcher = (enum launcher)i;
            return 0;
        }
    if (name)
        complain(name, "launch takes fork, vfork or spawn");
    else
        printf("%s\n", launcher_names[launcher]);
    return name != NULL;
}

/* Run a built-in command; 0 if it is none. */
static int builtin(struct command *command)
{
    char **words = command->words;
    const char *argument = command->count > 1 ? words[1] : NULL;
    if (!strcmp(words[0], "exit")) {
        exit(argument ? atoi(argument) & 255 : last_status);
    } else if (!strcmp(words[0], "cd")) {
        const char *folder = argument ? argument : getenv("HOME") ? getenv("HOME") : "/";
        last_status = chdir(folder) < 0;
        if (last_status)
            complain(folder, strerror(errno));
    } else if (!strcmp(words[0], "export")) {
        last_status = argument && !set_variable(argument);
    } else if (!strcmp(words[0], "wait")) {
        while (wait(NULL) > 0)
            ;
        last_status = 0;
    } else if (!strcmp(words[0], "launch")) {
        last_status = change_launcher(argument);
    } else if (!strcmp(words[0], "help")) {
        puts("built in: cd [DIR], exit [N], export NAME=VALUE, wait, help,\n"
             "          launch [fork|vfork|spawn]");
        last_status = 0;
    } else if (!strcmp(words[0], ":")) {
        last_status = 0;
    } else if (command->count == 1 && set_variable(words[0])) {
        last_status = 0;
    } else {
        return 0;
    }
    fflush(stdout);
    return 1;
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static int bad_syntax(void)
{
    complain("syntax", "a word, a file or a closing quote is missing");
    last_status = 2;
    return -1;
}

/* pipeline := command { "|" command }. Fills ``stages``; the token behind it goes to *end. -1 if it is malformed. */
static int read_pipeline(struct command *stages, enum token *end)
{
    int count = 0;
    for (;;) {
        struct command *command = &stages[count];
        char *word = NULL;
        struct redirection redirection;
        memset(command, 0, sizeof *command);
        enum token token;
        while ((token = next(&word, &redirection)) == WORD || token >= REDIRECTION) {
            if (token == BAD)
                return bad_syntax();
            if (token == WORD) {
                add_matches(command, word);
                continue;
            }
            if (redirection.other < 0 && next(&redirection.file, NULL) != WORD)
                return bad_syntax();
            if (command->redirection_count == REDIRECTIONS)
                return bad_syntax();
            command->redirections[command->redirection_count++] = redirection;
        }
        *end = token;
        if (!command->count)
            return count || token == PIPE || token == AND || token == OR ? bad_syntax() : 0;
        count++;
        if (token != PIPE || count == STAGES)
            return count;
    }
}

/* list := pipeline { (";" | "&" | "&&" | "||") pipeline } */
static void run_line(const char *line)
{
    static struct command stages[STAGES];
    enum token end = SEMICOLON;
    int skip = 0;
    cursor = line;
    do {
        used = 0;
        is_too_long = 0;
        int count = read_pipeline(stages, &end);
        if (is_too_long) {
            complain("syntax", "the line is too long");
            last_status = 2;
            return;
        }
        if (count < 0)
            return;
        if (count && !skip)
            run_pipeline(stages, count, end == BACKGROUND);
        skip = (end == AND && last_status != 0) || (end == OR && last_status == 0);
    } while (end != END);
}

static void collect_background(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static void on_interrupt(int signal)
{
    (void)signal; /* it only ends a read of the terminal */
}

int main(int argc, char **argv)
{
    static char line[LINE];
    FILE *input = stdin;
    if (argc > 2 && !strcmp(argv[1], "-c")) {
        signal(SIGINT, SIG_DFL);
        run_line(argv[2]);
        return last_status;
    }
    if (argc > 1 && !(input = fopen(argv[1], "re"))) {
        complain(argv[1], strerror(errno));
        return 127;
    }
    interactive = input == stdin && isatty(STDIN_FILENO);
    if (interactive) {
        struct sigaction action = { .sa_handler = on_interrupt };
        sigaction(SIGINT, &action, NULL);
    }
    for (;;) {
        int end = interactive ? edit_line("guest$ ", line, sizeof line) : fgets(line, sizeof line, input) ? 0 : LINE_END;
        if (end == LINE_GIVEN_UP)
            continue;
        if (end == LINE_END)
            break;
        run_line(line);
        collect_background();
    }
    return last_status;
}
