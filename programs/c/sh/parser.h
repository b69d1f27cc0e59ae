/* The grammar: what tokens make commands. Each function states the rule that it reads. */

static struct node *parse_list(const char *end);
static struct node *parse_command(void);

/* What was typed from `start` to the end of the token before the one at hand; only its beginning if it is long. */
static char *source_from(size_t start)
{
    size_t stop = parser->is_read ? parser->end : input->at;
    const char *text = input->lines + start, *newline = memchr(text, '\n', stop - start);
    size_t length = newline ? (size_t)(newline - text) : stop - start;
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return copy_bytes(&parsed->pool, text, length < 80 ? length : 80);
}

static void append_word(struct word ***last)
{
    **last = parser->word;
    *last = &parser->word->next;
    skip();
}

/* redirection := operator word */
static void parse_redirection(struct redirection ***last)
{
    struct redirection *made = parser->redirection;
    int is_indented = parser->is_indented;
    skip();
    if (peek() != WORD)
        unexpected(NULL);
    if (made->kind == DOCUMENT) {
        struct pending *pending = make(sizeof *pending), **place = &parser->pending;
        struct text end = new_text(&parsed->pool);
        *pending = (struct pending){ .redirection = made, .is_indented = is_indented };
        for (const struct part *part = parser->word->parts; part; part = part->next) {
            pending->is_quoted |= part->is_quoted;
            add_string(&end, part->text ? part->text : "");
        }
        pending->end = end.bytes;
        while (*place)
            place = &(*place)->next;
        *place = pending;
    } else {
        made->target = parser->word;
    }
    skip();
    **last = made;
    *last = &made->next;
}

/* function := name "(" ")" newlines command; the name has been read */
static struct node *parse_function(struct node *node)
{
    const char *name = plain(node->words);
    skip();
    expect(CLOSE, ")");
    if (!name || name_length(name) != strlen(name))
        bad_syntax("Bad function name");
    node->kind = FUNCTION;
    node->name = copy_string(&parsed->pool, name);
    node->words = NULL;
    skip_newlines();
    node->body = parse_command();
    return node;
}

/* simple := { assignment | word | redirection } */
static struct node *parse_simple(void)
{
    struct node *node = new_node(SIMPLE, input->line);
    struct word **assignment = &node->assignments, **word = &node->words;
    struct redirection **redirection = &node->redirections;
    for (;;) {
        enum token token = peek();
        if (token == REDIRECTION)
            parse_redirection(&redirection);
        else if (token == WORD && !node->words && assigned_name(parser->word))
            append_word(&assignment);
        else if (token == WORD)
            append_word(&word);
        else if (token == OPEN && node->words && !node->words->next && !node->assignments && !node->redirections)
            return parse_function(node);
        else
            break;
    }
    if (!node->words && !node->assignments && !node->redirections)
        unexpected(NULL);
    return node;
}

/* "do" list "done" */
static struct node *parse_loop_body(void)
{
    expect_word("do");
    struct node *body = parse_list("done");
    expect_word("done");
    return body;
}

/* if := "if" list "then" list { "elif" list "then" list } [ "else" list ] "fi" */
static struct node *parse_if(int line)
{
    struct node *node = new_node(IF, line), *branch = node;
    for (;;) {
        branch->child = parse_list("then");
        expect_word("then");
        branch->body = parse_list("fi");
        if (!accept_word("elif"))
            break;
        branch->otherwise = new_node(IF, input->line);
        branch = branch->otherwise;
    }
    if (accept_word("else"))
        branch->otherwise = parse_list("fi");
    expect_word("fi");
    return node;
}

static struct node *parse_while(enum node_kind kind, int line)
{
    struct node *node = new_node(kind, line);
    node->child = parse_list("do");
    node->body = parse_loop_body();
    return node;
}

/* for := "for" name [ newlines "in" { word } ] ( ";" | newlines ) "do" list "done" */
static struct node *parse_for(int line)
{
    struct node *node = new_node(FOR, line);
    struct word **last = &node->words;
    const char *name = peek() == WORD ? plain(parser->word) : NULL;
    if (!name || !*name || name_length(name) != strlen(name))
        bad_syntax("Bad for loop variable");
    node->name = copy_string(&parsed->pool, name);
    skip();
    skip_newlines();
    if (accept_word("in")) {
        node->is_given = 1;
        while (peek() == WORD)
            append_word(&last);
        if (!accept(SEMICOLON) && !accept(NEWLINE))
            unexpected(NULL);
    } else {
        accept(SEMICOLON);
    }
    skip_newlines();
    node->body = parse_loop_body();
    return node;
}

/* choice := [ "(" ] word { "|" word } ")" [ list ] [ ";;" ] */
static struct choice *parse_choice(void)
{
    struct choice *choice = make(sizeof *choice);
    struct word **last = &choice->patterns;
    accept(OPEN);
    do {
        if (peek() != WORD)
            unexpected(peek() == END ? ")" : NULL);
        append_word(&last);
    } while (accept(PIPE));
    expect(CLOSE, ")");
    skip_newlines();
    if (peek() != DOUBLE_SEMICOLON && !is_word("esac"))
        choice->body = parse_list(";;");
    if (!accept(DOUBLE_SEMICOLON) && !is_word("esac"))
        unexpected(";;");
    skip_newlines();
    return choice;
}

/* case := "case" word newlines "in" newlines { choice } "esac" */
static struct node *parse_case(int line)
{
    struct node *node = new_node(CASE, line);
    struct choice **last = &node->choices;
    if (peek() != WORD)
        unexpected(NULL);
    node->words = parser->word;
    skip();
    skip_newlines();
    expect_word("in");
    skip_newlines();
    while (!accept_word("esac")) {
        *last = parse_choice();
        last = &(*last)->next;
    }
    return node;
}

static struct node *parse_group(enum node_kind kind, int line)
{
    struct node *node = new_node(kind, line);
    node->child = parse_list(kind == SUBSHELL ? ")" : "}");
    if (kind == SUBSHELL)
        expect(CLOSE, ")");
    else
        expect_word("}");
    return node;
}

/* Redirections behind a compound command, which then is a group. */
static struct node *parse_redirected(struct node *node)
{
    struct redirection **last;
    if (peek() != REDIRECTION)
        return node;
    if (node->kind != SUBSHELL && node->kind != GROUP) {
        struct node *group = new_node(GROUP, node->line);
        group->child = node;
        node = group;
    }
    last = &node->redirections;
    while (peek() == REDIRECTION)
        parse_redirection(&last);
    return node;
}

/* command := simple | function | ( if | while | until | for | case | "{" list "}" | "(" list ")" ) { redirection } */
static struct node *parse_command(void)
{
    struct node *node = NULL;
    int line = input->line;
    deeper();
    if (accept(OPEN))
        node = parse_group(SUBSHELL, line);
    else if (accept_word("{"))
        node = parse_group(GROUP, line);
    else if (accept_word("if"))
        node = parse_if(line);
    else if (accept_word("while"))
        node = parse_while(WHILE, line);
    else if (accept_word("until"))
        node = parse_while(UNTIL, line);
    else if (accept_word("for"))
        node = parse_for(line);
    else if (accept_word("case"))
        node = parse_case(line);
    else if (peek() == WORD && is_reserved(plain(parser->word)))
        unexpected(NULL);
    node = node ? parse_redirected(node) : parse_simple();
    depth--;
    return node;
}

/* pipeline := [ "!" ] command { "|" newlines command } */
static struct node *parse_pipeline(void)
{
    int is_negated = accept_word("!");
    peek();
    size_t start = parser->start;
    struct node *node = parse_command();
    if (peek() == PIPE) {
        struct node *pipeline = new_node(PIPELINE, node->line), **last = &node->next;
        pipeline->child = node;
        node->source = source_from(start);
        while (accept(PIPE)) {
            skip_newlines();
            size_t stage = parser->start;
            *last = parse_command();
            peek();
            (*last)->source = source_from(stage);
            last = &(*last)->next;
        }
        node = pipeline;
    }
    node->source = source_from(start);
    if (is_negated) {
        struct node *not = new_node(NOT, node->line);
        not->child = node;
        node = not;
    }
    return node;
}

/* chain := pipeline { ( "&&" | "||" ) newlines pipeline } */
static struct node *parse_chain(void)
{
    struct node *node = parse_pipeline(), *chain, **last = &node->next;
    if (peek() != AND && peek() != OR)
        return node;
    chain = new_node(CHAIN, node->line);
    chain->child = node;
    while (peek() == AND || peek() == OR) {
        enum joint joint = peek() == AND ? ON_SUCCESS : ON_FAILURE;
        skip();
        skip_newlines();
        *last = parse_pipeline();
        (*last)->joint = joint;
        last = &(*last)->next;
    }
    return chain;
}

/* What cannot begin a command in a list, and so is behind it. */
static int is_end_of_list(void)
{
    static const char *const ends[] = { "then", "elif", "else", "fi", "do", "done", "}", "esac", NULL };
    enum token token = peek();
    if (token == WORD)
        for (const char *const *end = ends; *end; end++)
            if (is_word(*end))
                return 1;
    return token == CLOSE || token == DOUBLE_SEMICOLON || token == END;
}

/* list := chain { ( ";" | "&" | newline ) [ chain ] }
 *
 * Inside of another command it goes on over ends of lines; `end` is what then is behind it. For a line it is NULL.
 */
static struct node *parse_list(const char *end)
{
    struct node *first = NULL, **last = &first, *sequence;
    if (end)
        skip_newlines();
    if (end && peek() == END)
        unexpected(end);
    do {
        peek();
        size_t start = parser->start;
        struct node *node = parse_chain();
        if (peek() == AMPERSAND) {
            struct node *background = new_node(BACKGROUND, node->line);
            background->child = node;
            background->source = source_from(start);
            node = background;
        }
        *last = node;
        last = &node->next;
        if (!accept(AMPERSAND) && !accept(SEMICOLON) && (!end || !accept(NEWLINE)))
            break;
        if (end)
            skip_newlines();
    } while (!is_end_of_list() && peek() != NEWLINE);
    if (!first->next)
        return first;
    sequence = new_node(SEQUENCE, first->line);
    sequence->child = first;
    return sequence;
}

static void end_parser(void *with)
{
    struct parser *own = with;
    depth = own->depth;
    parser = own->outer;
}

static void begin_parser(struct parser *own, struct undo *undo)
{
    *own = (struct parser){ .outer = parser, .depth = depth };
    parser = own;
    begin(undo, end_parser, own);
}

/* The commands of $(...), up to the parenthesis, or of `string`, all of it. */
static struct node *parse_inside(const char *string, int line)
{
    struct parser own;
    struct input own_input = { .string = string, .line = line };
    struct undo undo, undo_input;
    struct node *node;
    deeper();
    if (string)
        read_from(&own_input, &undo_input);
    begin_parser(&own, &undo);
    skip_newlines();
    node = peek() == END || peek() == CLOSE ? NULL : parse_list(string ? "" : ")");
    if (!string)
        expect(CLOSE, ")");
    else if (peek() != END)
        unexpected(NULL);
    end(&undo);
    if (string)
        end(&undo_input);
    depth--;
    return node;
}

static void drop_parsed(void *with)
{
    struct program *program = parsed;
    parsed = with;
    drop(program);
}

/* The next complete command of the input, for one user; NULL at its end. Its root is NULL for an empty line. */
static struct program *parse(void)
{
    struct parser own;
    struct undo undo, undo_program;
    struct program *program = new_program();
    begin(&undo_program, drop_parsed, parsed);
    parsed = program;
    program->users = 1;
    begin_parser(&own, &undo);
    depth = 0;
    forget_lines();
    if (peek() == END) {
        program = NULL;
    } else {
        if (peek() != NEWLINE)
            program->root = parse_list(NULL);
        if (peek() != NEWLINE && peek() != END)
            unexpected(NULL);
        program->users++;
    }
    end(&undo);
    end(&undo_program);
    return program;
}
