/* Commands that are made of others, and the processes that some of them take. */

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
