/* Simple commands: assignments, words and redirections; a function, a command of the shell's own, or a program. */

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
