/* Tokens: words and operators, and the here-documents that begin behind the end of a line. */

enum token { END, NEWLINE, SEMICOLON, DOUBLE_SEMICOLON, AMPERSAND, PIPE, AND, OR, OPEN, CLOSE, REDIRECTION, WORD };

/* A here-document whose text has not been read. */
struct pending {
    struct redirection *redirection;
    const char *end;
    int is_quoted, is_indented;
    struct pending *next;
};

/* What the parser looks at, and what it still has to read. */
struct parser {
    int is_read;                     /* the token is there; else it is read when somebody asks for it */
    enum token token;
    struct word *word;               /* of WORD */
    struct redirection *redirection; /* of REDIRECTION, without its target */
    int is_indented;                 /* <<- */
    size_t start, end;               /* of the token, in the lines; where the token before it ended */
    struct pending *pending;
    int depth;
    struct parser *outer;
};

static struct parser *parser;

static const struct { const char *text; enum token token; } operators[] = {
    { ";;", DOUBLE_SEMICOLON }, { ";", SEMICOLON }, { "&&", AND }, { "&", AMPERSAND }, { "||", OR }, { "|", PIPE },
    { "(", OPEN }, { ")", CLOSE },
};

static const struct { const char *text; enum redirection_kind kind; int descriptor; } redirections[] = {
    { "<<", DOCUMENT, 0 }, { "<&", COPY_IN, 0 }, { "<>", READ_WRITE, 0 }, { "<", READ, 0 },
    { ">>", APPEND, 1 }, { ">&", COPY_OUT, 1 }, { ">|", CLOBBER, 1 }, { ">", WRITE, 1 },
};

/* Read the rest of an operator whose first byte was read; whether it was that operator. */
static int is_operator(const char *text, int byte)
{
    return byte == text[0] && (!text[1] || is_next(text[1]));
}

/* Read what is behind a here-document's operator up to the line that ends it; a tab before a line may not count. */
static char *read_document_lines(const struct pending *pending)
{
    struct text text = new_text(&parsed->pool);
    int byte;
    for (;;) {
        size_t start = text.length;
        while ((byte = next_byte()) == '\t' && pending->is_indented)
            ;
        for (; byte != '\n' && byte != END_OF_INPUT; byte = next_byte())
            add_byte(&text, (char)byte);
        if (!strcmp(text.bytes + start, pending->end) || (byte == END_OF_INPUT && text.length == start)) {
            text.bytes[start] = 0;
            return text.bytes;
        }
        if (byte == END_OF_INPUT)
            return text.bytes;
        add_byte(&text, '\n');
    }
}

/* At the end of a line: the documents that its commands are given. */
static void read_documents(void)
{
    while (parser->pending) {
        struct pending *pending = parser->pending;
        int line = input->line;
        parser->pending = pending->next;
        char *text = read_document_lines(pending);
        struct word *document = make(sizeof *document);
        if (pending->is_quoted) {
            document->parts = make(sizeof *document->parts);
            *document->parts = (struct part){ .kind = LITERAL, .is_quoted = 1, .text = text };
        } else {
            document->parts = read_document(text, line);
        }
        pending->redirection->target = document;
    }
}

/* The redirection operator that begins with this byte, or NULL; descriptor: before it, or -1. */
static struct redirection *read_redirection(int byte, int descriptor)
{
    for (size_t i = 0; i < sizeof redirections / sizeof *redirections; i++)
        if (is_operator(redirections[i].text, byte)) {
            struct redirection *made = make(sizeof *made);
            made->kind = redirections[i].kind;
            made->descriptor = descriptor >= 0 ? descriptor : redirections[i].descriptor;
            parser->is_indented = made->kind == DOCUMENT && is_next('-');
            return made;
        }
    return NULL;
}

static int skip_blanks(void)
{
    int byte;
    while ((byte = next_joined()) == ' ' || byte == '\t')
        ;
    if (byte == '#')
        while (byte != '\n' && byte != END_OF_INPUT)
            byte = next_byte();
    return byte;
}

/* The number that a word is, where a redirection is behind it; else -1. */
static int descriptor_of(const struct word *word)
{
    const char *text = plain(word);
    int next = next_joined();
    back(next);
    if (!text || (next != '<' && next != '>') || strlen(text) > 6 || strspn(text, "0123456789") != strlen(text))
        return -1;
    return atoi(text);
}

static enum token read_word_token(void)
{
    struct word *word = make(sizeof *word);
    word->parts = read_inner(BLANK, 0);
    int descriptor = descriptor_of(word);
    if (descriptor >= 0) {
        parser->redirection = read_redirection(next_joined(), descriptor);
        return REDIRECTION;
    }
    parser->word = word;
    return WORD;
}

static enum token read_token(void)
{
    int byte = skip_blanks();
    parser->start = input->at - (byte != END_OF_INPUT);
    if (byte == END_OF_INPUT)
        return END;
    if (byte == '\n') {
        read_documents();
        return NEWLINE;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (is_operator(operators[i].text, byte))
            return operators[i].token;
    if ((parser->redirection = read_redirection(byte, -1)))
        return REDIRECTION;
    back(byte);
    return read_word_token();
}

/* The token at hand. */
static enum token peek(void)
{
    if (!parser->is_read) {
        parser->end = input->at;
        parser->token = read_token();
        parser->is_read = 1;
    }
    return parser->token;
}

/* Go on behind the token at hand, which is read when somebody asks: a line that is complete needs no other. */
static void skip(void)
{
    parser->is_read = 0;
}

static int accept(enum token token)
{
    if (peek() != token)
        return 0;
    skip();
    return 1;
}

static void skip_newlines(void)
{
    while (accept(NEWLINE))
        ;
}

/* Whether the token at hand is this word, without quotes. */
static int is_word(const char *text)
{
    const char *word = peek() == WORD ? plain(parser->word) : NULL;
    return word && !strcmp(word, text);
}

static int accept_word(const char *text)
{
    if (!is_word(text))
        return 0;
    skip();
    return 1;
}

static const char *const reserved[] = {
    "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while", NULL,
};

static int is_reserved(const char *word)
{
    for (const char *const *known = reserved; word && *known; known++)
        if (!strcmp(*known, word))
            return 1;
    return 0;
}

/* Say that the token at hand cannot stand here; wanted: what could, or NULL. */
static void unexpected(const char *wanted) __attribute__((noreturn));

static void unexpected(const char *wanted)
{
    static const char *const names[] = { [END] = "end of file", [NEWLINE] = "newline", [REDIRECTION] = "redirection",
                                         [WORD] = "word" };
    char what[64], expected[64] = "";
    enum token token = peek();
    const char *name = token <= NEWLINE || token >= REDIRECTION ? names[token] : NULL;
    if (token == WORD && is_reserved(plain(parser->word)))
        name = NULL;
    for (size_t i = 0; !name && i < sizeof operators / sizeof *operators; i++)
        if (operators[i].token == token)
            snprintf(what, sizeof what, "\"%s\"", operators[i].text);
    if (token == WORD && !name)
        snprintf(what, sizeof what, "\"%s\"", plain(parser->word));
    if (wanted)
        snprintf(expected, sizeof expected, " (expecting \"%s\")", wanted);
    bad_syntax("%s unexpected%s", name ? name : what, expected);
}

static void expect(enum token token, const char *text)
{
    if (!accept(token))
        unexpected(text);
}

static void expect_word(const char *text)
{
    if (!accept_word(text))
        unexpected(text);
}
