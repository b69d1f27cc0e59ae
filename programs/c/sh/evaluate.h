/* Doing what the parser made: commands, and those that are made of others. */

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

/* --- simple commands ---------------------------------------------------------------------------------------------- */

/* Show a command that is going to be done, for -x. */
static void trace(char *const *assignments, char *const *words)
{
    const char *space = "";
    fflush(stdout);
    fputs(get("PS4") ? get("PS4") : "", stderr);
    for (; *assignments; assignments++, space = " ")
        fprintf(stderr, "%s%s", space, *assignments);
    for (; *words; words++, space = " ")
        fprintf(stderr, "%s%s", space, *words);
    fputc('\n', stderr);
}

/* The words of a command; of those that declare variables NAME=VALUE stays one word. */
static struct list command_words(const struct word *word)
{
    struct list words = new_list(&scratch);
    for (int is_declaring = -1; word; word = word->next) {
        if (is_declaring > 0 && assigned_name(word))
            add_item(&words, expand_assignment(word));
        else
            expand_word(&words, word);
        if (is_declaring < 0 && words.count) {
            const struct builtin *builtin = find_builtin(words.items[0]);
            is_declaring = builtin && builtin->flags & DECLARES;
        }
    }
    return words;
}

/* Do the assignments before a command, in order; as texts. With a frame they are the command's alone. */
static struct list do_assignments(const struct word *word, struct frame *own)
{
    struct list done = new_list(&scratch);
    for (; word; word = word->next) {
        char *text = expand_assignment(word);
        if (own)
            save(own, text, name_length(text));
        assign(text, own ? EXPORTED : 0);
        add_item(&done, text);
    }
    return done;
}

/* Say that output could not be written, of what was printed since the last time; whether it was so. */
static int is_output_lost(void)
{
    errno = 0;
    int is_lost = fflush(stdout) || ferror(stdout);
    if (is_lost)
        complain("write error: %s", strerror(errno ? errno : EIO));
    clearerr(stdout);
    return is_lost;
}

/* Do a command of the shell's own. An error in it is one of the script only if it is special. */
static int call_builtin(const struct builtin *builtin, const struct list *words, int is_special)
{
    struct catcher own;
    enter(&own);
    builtin_name = builtin->name;
    enum problem problem = (enum problem)setjmp(own.place);
    int status = 2;
    if (!problem) {
        status = builtin->run(words->count, words->items);
        if (is_output_lost() && !status)
            status = 1;
    }
    leave(&own);
    builtin_name = own.builtin_name;
    if (problem > ERROR || (problem && is_special))
        throw(problem);
    return status;
}

static void run_program(const struct node *node, const struct list *words, const struct openings *openings, int flags)
{
    struct call call = { words->items, get("PATH") ? get("PATH") : "", openings };
    if (flags & FINAL && !has_traps() && !is_job_control)
        become_now(&call);
    int number = new_job(node->source);
    struct place place = { .in = STDIN_FILENO, .out = STDOUT_FILENO, .has_group = is_job_control };
    join(number, &place, launch(&call, &place));
    last_status = wait_for_job(number);
}

/* command NAME ...: how many words stand before the name; -v and -V are left to the command itself. */
static int count_prefix(const struct list *words)
{
    int count = 0;
    while (count < words->count && !strcmp(words->items[count], "command")) {
        int next = count + 1;
        if (next < words->count && !strcmp(words->items[next], "-p"))
            next++;
        if (next < words->count && !strcmp(words->items[next], "--"))
            next++;
        if (next >= words->count || words->items[next][0] == '-')
            break;
        count = next;
    }
    return count;
}

/* Do a command that is not a program with its redirections, which last for exec without a program. */
static void run_inside(
    const struct builtin *builtin, const struct function *function, const struct list *words,
    const struct openings *openings, int is_special, int flags)
{
    struct restoring restoring;
    if (begin_redirections(&restoring, openings) < 0) {
        last_status = 2;
        if (is_special)
            throw(ERROR);
    } else if (function) {
        call_function(function, words, flags);
    } else if (builtin) {
        last_status = call_builtin(builtin, words, is_special);
        if (!strcmp(builtin->name, "exec"))
            keep_redirections(&restoring);
    } else {
        last_status = substitution_status;
    }
    end(&restoring.undo);
}

static void evaluate_simple(const struct node *node, int flags)
{
    struct frame own;
    struct openings openings;
    line_number = node->line;
    substitution_status = 0;
    struct list words = command_words(node->words);
    int prefix = count_prefix(&words);
    words.items += prefix;
    words.count -= prefix;
    const struct function *function = words.count && !prefix ? find_function(words.items[0]) : NULL;
    const struct builtin *builtin = words.count ? find_builtin(words.items[0]) : NULL;
    int is_special = builtin && builtin->flags & SPECIAL && !prefix;
    if (is_special)
        function = NULL;
    int is_framed = words.count && !is_special && node->assignments;
    begin_openings(&openings, node->redirections);
    if (is_framed)
        enter_frame(&own, 0);
    struct list assignments = do_assignments(node->assignments, is_framed ? &own : NULL);
    if (options['x'] && (words.count || assignments.count))
        trace(assignments.items, words.items);
    if (words.count && !function && !builtin)
        run_program(node, &words, &openings, flags);
    else
        run_inside(function ? NULL : builtin, function, &words, &openings, is_special, flags);
    if (is_framed)
        end(&own.undo);
    end(&openings.undo);
}

/* --- several processes -------------------------------------------------------------------------------------------- */

/* Start a command as a part of a job, by its number: words that are expanded may make other jobs. A program is launched
 * in the way that was chosen if it is clear that it is one; for anything else, and for all with fork, a copy of the
 * shell does the rest.
 */
static void start(struct node *node, int number, struct place *place)
{
    const char *name = node->kind == SIMPLE && !node->assignments ? plain(node->words) : NULL;
    if (launcher != FORK && name && !find_function(name) && !find_builtin(name) && !options['x']) {
        struct openings openings;
        line_number = node->line;
        struct list words = command_words(node->words);
        struct call call = { words.items, get("PATH") ? get("PATH") : "", &openings };
        begin_openings(&openings, node->redirections);
        join(number, place, launch(&call, place));
        end(&openings.undo);
        return;
    }
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        be_copy(place);
        run_child(node);
    }
    join(number, place, child);
}

static void run_pipeline(struct node *node, int is_background)
{
    struct node *stage = node->kind == PIPELINE ? node->child : node;
    int number = new_job(node->source);
    struct place place = { .in = STDIN_FILENO, .is_background = is_background, .has_group = is_job_control };
    for (; stage; stage = stage->next) {
        int ends[2] = { -1, STDOUT_FILENO }, is_last = node->kind != PIPELINE || !stage->next;
        if (!is_last && pipe2(ends, O_CLOEXEC) < 0)
            fail("Pipe call failed");
        place.out = ends[1];
        place.other = ends[0];
        start(stage, number, &place);
        if (place.in != STDIN_FILENO)
            close(place.in);
        if (ends[1] != STDOUT_FILENO)
            close(ends[1]);
        place.in = ends[0];
        if (is_last)
            break;
    }
    if (is_background) {
        const struct job *job = &jobs[number];
        last_background = job->processes[job->count - 1].pid;
        last_status = 0;
    } else {
        last_status = wait_for_job(number);
    }
}

static void evaluate_subshell(struct node *node, int flags)
{
    struct openings openings;
    struct restoring restoring;
    int is_in_place = flags & FINAL && !has_traps() && !is_job_control;
    line_number = node->line;
    if (!is_in_place) {
        struct place place = { .in = STDIN_FILENO, .out = STDOUT_FILENO, .has_group = is_job_control };
        int number = new_job(node->source);
        fflush(stdout);
        pid_t child = fork();
        if (child) {
            join(number, &place, child);
            last_status = wait_for_job(number);
            return;
        }
        be_copy(&place);
        run_child(node);
    }
    begin_openings(&openings, node->redirections);
    if (begin_redirections(&restoring, &openings) < 0)
        exit_with(2);
    keep_redirections(&restoring);
    evaluate(node->child, FINAL);
    exit_with(last_status);
}

/* --- commands that are made of others ----------------------------------------------------------------------------- */

static void evaluate_group(const struct node *node, int flags)
{
    struct openings openings;
    struct restoring restoring;
    line_number = node->line;
    if (!node->redirections) {
        evaluate(node->child, flags);
        return;
    }
    begin_openings(&openings, node->redirections);
    if (begin_redirections(&restoring, &openings) < 0)
        last_status = 2;
    else
        evaluate(node->child, flags & TESTED);
    end(&restoring.undo);
    end(&openings.undo);
}

static void evaluate_children(const struct node *node, int flags)
{
    for (struct node *child = node->child; child && !skipping; child = child->next)
        if (child->joint == ALWAYS || (child->joint == ON_SUCCESS) == !last_status) {
            int is_tested = node->kind == CHAIN && child->next;
            evaluate(child, child->next ? (flags & TESTED) | is_tested : flags);
        }
}

static void evaluate_if(const struct node *node, int flags)
{
    for (; node && node->kind == IF; node = node->otherwise) {
        evaluate(node->child, TESTED);
        if (skipping)
            return;
        if (!last_status) {
            evaluate(node->body, flags);
            return;
        }
        if (node->otherwise && node->otherwise->kind != IF) {
            evaluate(node->otherwise, flags);
            return;
        }
    }
    last_status = 0;
}

/* Behind the body of a loop: whether the loop goes on. */
static int goes_on(void)
{
    if (skipping == NOTHING_SKIPPED)
        return 1;
    if (skipping == RETURNING || --skipped_loops)
        return 0;
    int is_continuing = skipping == CONTINUING;
    skipping = NOTHING_SKIPPED;
    return is_continuing;
}

static void evaluate_while(const struct node *node, int flags)
{
    int status = 0;
    for (;;) {
        evaluate(node->child, TESTED);
        if (!skipping) {
            if ((node->kind == WHILE) == (last_status != 0))
                break;
            evaluate(node->body, flags & TESTED);
            status = last_status;
        }
        if (!goes_on())
            return;
    }
    last_status = status;
}

static void evaluate_for(const struct node *node, int flags)
{
    struct list words = node->is_given ? expand_words(node->words) : new_list(&scratch);
    for (int i = 0; !node->is_given && i < parameters.count; i++)
        add_item(&words, copy_string(&scratch, parameters.words[i]));
    last_status = 0;
    for (int i = 0; i < words.count; i++) {
        set(node->name, words.items[i]);
        evaluate(node->body, flags & TESTED);
        if (!goes_on())
            return;
    }
}

static void evaluate_case(const struct node *node, int flags)
{
    struct expansion own = new_expansion();
    line_number = node->line;
    expand_word_parts(&own, node->words->parts);
    const char *text = joined(&own);
    last_status = 0;
    for (const struct choice *choice = node->choices; choice; choice = choice->next)
        for (const struct word *pattern = choice->patterns; pattern; pattern = pattern->next)
            if (!fnmatch(expand_to_pattern(pattern->parts), text, 0)) {
                evaluate(choice->body, flags);
                return;
            }
}

static void evaluate_kind(struct node *node, int flags)
{
    switch (node->kind) {
    case SIMPLE: evaluate_simple(node, flags); break;
    case PIPELINE: run_pipeline(node, 0); break;
    case BACKGROUND: node->child->source = node->source; run_pipeline(node->child, 1); break;
    case SUBSHELL: evaluate_subshell(node, flags); break;
    case GROUP: evaluate_group(node, flags); break;
    case CHAIN: case SEQUENCE: evaluate_children(node, flags); break;
    case IF: evaluate_if(node, flags); break;
    case CASE: evaluate_case(node, flags); break;
    case FUNCTION: define(node); last_status = 0; break;
    case NOT:
        evaluate(node->child, TESTED);
        last_status = !last_status;
        break;
    case WHILE: case UNTIL: case FOR:
        loops++;
        if (node->kind == FOR)
            evaluate_for(node, flags);
        else
            evaluate_while(node, flags);
        loops--;
    }
}

/* Do a command; $? becomes its status. */
static void evaluate(struct node *node, int flags)
{
    struct mark before = mark(&scratch);
    if (!node || options['n'])
        return;
    check_stack();
    evaluate_kind(node, flags);
    release(&scratch, before);
    mind_signals();
    int can_fail = node->kind == SIMPLE || node->kind == PIPELINE || node->kind == SUBSHELL;
    if (options['e'] && last_status && can_fail && !(flags & TESTED) && !skipping)
        exit_with(last_status);
}
