/* Functions, scripts inside of scripts, and what a copy of the shell does. */

enum {
    TESTED = 1, /* somebody looks at the status, so -e does not */
    FINAL = 2,  /* nothing comes after it: a program may take the place of the shell */
};

enum skipping { NOTHING_SKIPPED, BREAKING, CONTINUING, RETURNING };

/* A command of the shell's own. */
struct builtin {
    const char *name;
    int (*run)(int count, char **words);
    enum { SPECIAL = 1, DECLARES = 2 } flags; /* special: an error ends a script; declares: its words are assignments */
};

struct function {
    char *name;
    struct node *body;
    struct program *program; /* that has the body */
    struct function *next;
};

static struct function *functions;
static struct program *running;         /* the commands that are done */
static enum skipping skipping;
static int skipped_loops, loops;        /* loops: those around what is done */
static int functions_called, substitution_status;

static void evaluate(struct node *node, int flags);
static const struct builtin *find_builtin(const char *name);

/* --- functions ---------------------------------------------------------------------------------------------------- */

static struct function *find_function(const char *name)
{
    struct function *function = functions;
    while (function && strcmp(function->name, name))
        function = function->next;
    return function;
}

static void unset_function(const char *name)
{
    for (struct function **place = &functions; *place; place = &(*place)->next)
        if (!strcmp((*place)->name, name)) {
            struct function *function = *place;
            *place = function->next;
            drop(function->program);
            free(function->name);
            free(function);
            return;
        }
}

static void define(const struct node *node)
{
    struct function *function = checked(calloc(1, sizeof *function));
    unset_function(node->name);
    *function = (struct function){ checked(strdup(node->name)), node->body, running, functions };
    running->users++;
    functions = function;
}

/* What a function's caller has, while the function is done. */
struct caller {
    struct parameters parameters;
    int loops;
    struct program *running;
    struct undo undo;
};

static void go_back(void *with)
{
    struct caller *caller = with;
    drop_parameters(&parameters);
    parameters = caller->parameters;
    loops = caller->loops;
    drop(running);
    running = caller->running;
    functions_called--;
}

static void call_function(const struct function *function, const struct list *words, int flags)
{
    struct caller caller = { .parameters = parameters, .loops = loops, .running = running };
    struct frame own;
    begin(&caller.undo, go_back, &caller);
    enter_frame(&own, 1);
    parameters = (struct parameters){ words->items + 1, words->count - 1, 0 };
    loops = 0;
    running = function->program;
    running->users++; /* it may be unset while it is done */
    functions_called++;
    evaluate(function->body, flags & TESTED);
    if (skipping == RETURNING)
        skipping = NOTHING_SKIPPED;
    end(&own.undo);
    end(&caller.undo);
}

/* --- scripts inside of scripts ------------------------------------------------------------------------------------ */

static void stop_running(void *with)
{
    drop(running);
    running = with;
}

/* Do the commands of the input; those at its end are the shell's last when that is wanted. */
static void run_commands(int is_last)
{
    struct program *program;
    int has_run = 0;
    while (!skipping && (program = parse())) {
        struct undo undo;
        begin(&undo, stop_running, running);
        running = program;
        int is_end = is_last && input->string && !*input->string && input->at == input->length;
        if (program->root) {
            evaluate(program->root, is_end ? FINAL : 0);
            has_run = 1;
        }
        end(&undo);
        mind_signals();
    }
    if (!has_run)
        last_status = 0;
}

static void run_string(const char *script, int is_last)
{
    struct input own = { .string = script };
    struct undo undo;
    read_from(&own, &undo);
    run_commands(is_last);
    end(&undo);
}

static void leave_shell(int status) __attribute__((noreturn));

/* Do what is to be done at the exit, and exit. */
static void leave_shell(int status)
{
    struct catcher own;
    enter(&own);
    if (!setjmp(own.place)) {
        char *script = traps[0];
        traps[0] = NULL;
        last_status = exit_status = status;
        skipping = NOTHING_SKIPPED;
        if (script)
            run_string(script, 0);
    }
    fflush(stdout);
    exit(exit_status);
}

/* What a copy of the shell does: a command, and no more. */
static void run_child(struct node *node) __attribute__((noreturn));

static void run_child(struct node *node)
{
    struct catcher own;
    enter(&own);
    switch (setjmp(own.place)) {
    case NO_PROBLEM:
        evaluate(node, FINAL);
        break;
    case EXITING:
        last_status = exit_status;
    }
    leave_shell(last_status);
}

/* What a command prints, but for the ends of lines at its end. */
static char *substitute(struct node *command)
{
    struct text text = new_text(&scratch);
    struct place place = { 0 };
    int ends[2];
    char block[512];
    ssize_t count;
    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("Pipe call failed");
    int number = new_job(NULL);
    pid_t child = fork_shell();
    if (!child) {
        close(ends[0]);
        if (ends[1] != STDOUT_FILENO) {
            dup2(ends[1], STDOUT_FILENO);
            close(ends[1]);
        } else {
            fcntl(STDOUT_FILENO, F_SETFD, 0);
        }
        run_child(command);
    }
    join(number, &place, child);
    close(ends[1]);
    while ((count = read(ends[0], block, sizeof block)) > 0 || (count < 0 && errno == EINTR))
        for (ssize_t i = 0; i < count; i++)
            if (block[i])
                add_byte(&text, block[i]);
    close(ends[0]);
    substitution_status = wait_for_job(number);
    while (text.length && text.bytes[text.length - 1] == '\n')
        text.bytes[--text.length] = 0;
    return text.bytes;
}
