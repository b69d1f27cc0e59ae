/* Reading words: quotes, and what stands for something else.
 *
 * A word is read up to what ends it, which depends on where it stands. Quotes are gone behind this: each part knows
 * whether it was quoted.
 */
#include <ctype.h>

enum ending {
    BLANK,       /* a word of a command: a blank or an operator, which stays */
    QUOTE,       /* "...": a double quote */
    BRACE,       /* ${name-...}: a brace */
    PARENTHESES, /* $((...)): two of them */
    NOTHING,     /* a here-document, a prompt: the end of input */
};

enum { DEPTH = 200 }; /* commands and quotes inside of each other, before the parser gives up */

/* A word that is read: its parts so far, and the literal that goes on. */
struct reading {
    enum ending ending;
    int is_quoted;       /* all of it, by what surrounds it */
    struct part *first, **last;
    struct text literal;
    int has_literal, is_literal_quoted;
};

static int depth; /* of what is read */

static struct node *parse_inside(const char *string, int line);

static void bad_syntax(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void bad_syntax(const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    line_number = input->line;
    fail("Syntax error: %s", what);
}

static void deeper(void)
{
    if (++depth > DEPTH)
        bad_syntax("nested too deeply");
}

static void start_reading(struct reading *own, enum ending ending, int is_quoted)
{
    deeper();
    *own = (struct reading){ .ending = ending, .is_quoted = is_quoted };
    own->last = &own->first;
}

static struct part *add_part(struct reading *own, enum part_kind kind, int is_quoted)
{
    struct part *part = make(sizeof *part);
    part->kind = kind;
    part->is_quoted = is_quoted || own->is_quoted;
    *own->last = part;
    own->last = &part->next;
    return part;
}

static void end_literal(struct reading *own)
{
    if (own->has_literal)
        add_part(own, LITERAL, own->is_literal_quoted)->text = own->literal.bytes;
    own->has_literal = 0;
}

/* Begin a literal that is quoted or not, or go on with one: "" is one as well. */
static void be_literal(struct reading *own, int is_quoted)
{
    if (own->has_literal && own->is_literal_quoted == is_quoted)
        return;
    end_literal(own);
    own->literal = new_text(&parsed->pool);
    own->has_literal = 1;
    own->is_literal_quoted = is_quoted;
}

static void add_literal(struct reading *own, int byte, int is_quoted)
{
    be_literal(own, is_quoted || own->is_quoted);
    add_byte(&own->literal, (char)byte);
}

static void read_parts(struct reading *own);

/* What lies between here and the ending, as parts of their own. */
static struct part *read_inner(enum ending ending, int is_quoted)
{
    struct reading inner;
    start_reading(&inner, ending, is_quoted);
    read_parts(&inner);
    return inner.first;
}

/* Read a byte if it is this one; whether it was. */
static int is_next(int byte)
{
    int next = next_joined();
    if (next == byte)
        return 1;
    back(next);
    return 0;
}

static int is_name_start(int byte)
{
    return isalpha(byte) || byte == '_';
}

static int is_name(int byte)
{
    return isalnum(byte) || byte == '_';
}

/* The length of the name that a string begins with. */
static size_t name_length(const char *string)
{
    size_t length = 0;
    if (is_name_start((unsigned char)*string))
        while (is_name((unsigned char)string[length]))
            length++;
    return length;
}

/* A name, a number or one of the special parameters; NULL, with nothing read, if none of them is next. */
static char *read_name(int is_braced)
{
    struct text name = new_text(&parsed->pool);
    int byte = next_joined();
    if (is_name_start(byte))
        for (; is_name(byte); byte = next_joined())
            add_byte(&name, (char)byte);
    else if (isdigit(byte) && is_braced)
        for (; isdigit(byte); byte = next_joined())
            add_byte(&name, (char)byte);
    else if (byte > 0 && strchr("0123456789?$!#@*-", byte)) {
        add_byte(&name, (char)byte);
        return name.bytes;
    }
    back(byte);
    return name.length ? name.bytes : NULL;
}

static enum operator read_operator(int byte)
{
    switch (byte) {
    case '-': return DEFAULT;
    case '=': return ASSIGN;
    case '?': return REQUIRE;
    case '+': return ALTERNATIVE;
    case '#': return is_next('#') ? PREFIX_LONG : PREFIX;
    case '%': return is_next('%') ? SUFFIX_LONG : SUFFIX;
    default: return BAD;
    }
}

/* ${#name}: 1 when it is that, behind the brace; ${#} and ${#-word} are about the parameter #. */
static int is_length(void)
{
    int byte = next_joined(), after;
    if (byte != '#') {
        back(byte);
        return 0;
    }
    after = next_joined();
    back(after);
    if (is_name(after) || (after > 0 && strchr("?$!@*", after)))
        return 1;
    back(byte);
    return 0;
}

/* Behind ${, up to the brace that closes it. What it cannot be is said when it is done, as by other shells. */
static void read_braced(struct part *part)
{
    int byte;
    part->operator = is_length() ? LENGTH : VALUE;
    part->text = read_name(1);
    byte = next_joined();
    if (byte == ':' && part->operator == VALUE && part->text) {
        part->is_colon = 1;
        byte = next_joined();
    }
    if (byte == '}') {
        part->operator = part->text && !part->is_colon ? part->operator : BAD;
        return;
    }
    if (byte == END_OF_INPUT)
        bad_syntax("Missing '}'");
    part->operator = part->text && part->operator == VALUE ? read_operator(byte) : BAD;
    if (part->is_colon && part->operator >= PREFIX)
        part->operator = BAD;
    /* A pattern is not quoted by quotes around all of it. */
    part->inner = read_inner(BRACE, part->is_quoted && part->operator < PREFIX);
}

static void read_arithmetic(struct part *part)
{
    part->kind = ARITHMETIC;
    part->inner = read_inner(PARENTHESES, 1);
}

/* Behind a dollar sign. */
static void read_dollar(struct reading *own)
{
    int byte = next_joined(), next;
    struct part *part;
    if (byte != '{' && byte != '(') {
        back(byte);
        char *name = read_name(0);
        if (!name) {
            add_literal(own, '$', 0);
            return;
        }
        end_literal(own);
        add_part(own, PARAMETER, 0)->text = name;
        return;
    }
    end_literal(own);
    part = add_part(own, byte == '{' ? PARAMETER : SUBSTITUTION, 0);
    if (byte == '{') {
        read_braced(part);
    } else if ((next = next_joined()) == '(') {
        read_arithmetic(part);
    } else {
        back(next);
        part->command = parse_inside(NULL, 0);
    }
}

/* Behind a backquote: what lies before the next, with its own backslashes, is a script. */
static void read_backquoted(struct reading *own)
{
    struct text script = new_text(&parsed->pool);
    int byte, line = input->line;
    while ((byte = next_byte()) != '`') {
        if (byte == END_OF_INPUT)
            bad_syntax("EOF in backquote substitution");
        if (byte == '\\') {
            byte = next_byte();
            if (byte == '\n')
                continue;
            if (byte == END_OF_INPUT || !strchr(own->is_quoted ? "\\`$\"" : "\\`$", byte)) {
                back(byte);
                byte = '\\';
            }
        }
        add_byte(&script, (char)byte);
    }
    end_literal(own);
    add_part(own, SUBSTITUTION, 0)->command = parse_inside(script.bytes, line);
}

static void read_single_quoted(struct reading *own)
{
    int byte;
    be_literal(own, 1);
    while ((byte = next_byte()) != '\'') {
        if (byte == END_OF_INPUT)
            bad_syntax("Unterminated quoted string");
        add_literal(own, byte, 1);
    }
}

static void read_double_quoted(struct reading *own)
{
    end_literal(own);
    struct part *inner = read_inner(QUOTE, 1);
    if (!inner) {
        be_literal(own, 1);
        return;
    }
    *own->last = inner;
    while (inner->next)
        inner = inner->next;
    own->last = &inner->next;
}

/* Behind a backslash: what it quotes, or itself where it quotes nothing. */
static void read_escaped(struct reading *own)
{
    int byte = next_byte();
    const char *special = own->ending == QUOTE ? "\\`$\"" : own->ending == BRACE ? "\\`$\"}" : "\\`$";
    if (byte == END_OF_INPUT) {
        add_literal(own, '\\', 1);
    } else if (own->is_quoted && !strchr(special, byte)) {
        add_literal(own, '\\', 1);
        add_literal(own, byte, 1);
    } else {
        add_literal(own, byte, 1);
    }
}

/* Whether a byte ends the word; some are left where they are. */
static int is_end(const struct reading *own, int byte, int *open)
{
    if (byte == END_OF_INPUT)
        switch (own->ending) {
        case QUOTE: bad_syntax("Unterminated quoted string");
        case BRACE: bad_syntax("Missing '}'");
        case PARENTHESES: bad_syntax("Missing '))'");
        default: return 1;
        }
    switch (own->ending) {
    case BLANK:
        return strchr(" \t\n|;&<>()", byte) != NULL && (back(byte), 1);
    case QUOTE:
        return byte == '"';
    case BRACE:
        return byte == '}';
    case PARENTHESES:
        *open += (byte == '(') - (byte == ')');
        return byte == ')' && *open < 0 && is_next(')');
    default:
        return 0;
    }
}

static void read_parts(struct reading *own)
{
    int byte, open = 0;
    while (!is_end(own, byte = next_joined(), &open)) {
        int is_plain = own->ending == NOTHING || own->ending == PARENTHESES;
        if (byte == '\\')
            read_escaped(own);
        else if (byte == '$')
            read_dollar(own);
        else if (byte == '`')
            read_backquoted(own);
        else if (byte == '\'' && !own->is_quoted)
            read_single_quoted(own);
        else if (byte == '"' && !is_plain)
            read_double_quoted(own);
        else
            add_literal(own, byte, 0);
    }
    end_literal(own);
    depth--;
}

/* The parts of a text in which only dollar signs, backquotes and backslashes have a meaning. */
static struct part *read_document(const char *text, int line)
{
    struct input own = { .string = text, .line = line };
    struct undo undo;
    read_from(&own, &undo);
    struct part *parts = read_inner(NOTHING, 1);
    end(&undo);
    return parts;
}

/* The text of a word that is one literal without quotes, as those that are reserved; NULL for others. */
static const char *plain(const struct word *word)
{
    const struct part *part = word ? word->parts : NULL;
    return part && part->kind == LITERAL && !part->is_quoted && !part->next ? part->text : NULL;
}

/* The length of NAME in a word that begins with NAME=, or 0. */
static size_t assigned_name(const struct word *word)
{
    const struct part *part = word->parts;
    size_t length = part && part->kind == LITERAL && !part->is_quoted ? name_length(part->text) : 0;
    return length && part->text[length] == '=' ? length : 0;
}
