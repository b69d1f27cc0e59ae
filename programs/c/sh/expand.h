/* What words become: parameters, results of commands and of arithmetic put in, then split into fields, then names of
 * files put in for patterns.
 *
 * A word that is expanded is bytes, and of each byte how it came to be there: only what was not quoted is a pattern,
 * and only what was put in is split.
 */
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <pwd.h>

enum origin {
    TYPED = 't',      /* stood in the word, without quotes */
    QUOTED = 'q',
    PUT_IN = 'p',     /* the value of a parameter and the like, without quotes */
    FIELD_END = 'e',  /* between $1 and $2 in "$@"; the byte that is there where nothing is split, or 0 */
    EMPTY_FIELD = '0' /* a field is here, though it may be empty; the byte is 0 */
};

struct expansion {
    struct text bytes, origins;
};

static char *substitute(struct node *command); /* what a command prints */
static void expand_parts(struct expansion *own, const struct part *part, enum origin literal);

static struct expansion new_expansion(void)
{
    return (struct expansion){ new_text(&scratch), new_text(&scratch) };
}

static void put(struct expansion *own, char byte, enum origin origin)
{
    add_byte(&own->bytes, byte);
    add_byte(&own->origins, (char)origin);
}

static void put_string(struct expansion *own, const char *string, enum origin origin)
{
    if (!*string && origin == QUOTED)
        put(own, 0, EMPTY_FIELD);
    size_t length = strlen(string);
    make_room(&own->origins, length);
    memset(own->origins.bytes + own->origins.length, (int)origin, length);
    own->origins.length += length;
    add_bytes(&own->bytes, string, length);
}

/* --- the word as a whole ---------------------------------------------------------------------------------------- */

/* The bytes from ... to alone, where nothing is split. */
static char *joined_part(const struct expansion *own, size_t from, size_t to)
{
    char *text = take(&scratch, to - from + 1), *end = text;
    for (; from < to; from++)
        if (own->bytes.bytes[from])
            *end++ = own->bytes.bytes[from];
    *end = 0;
    return text;
}

static char *joined(const struct expansion *own)
{
    return joined_part(own, 0, own->bytes.length);
}

/* Bytes from ... to as fnmatch(3) wants them: what was quoted has a backslash. */
static char *as_pattern(const struct expansion *own, size_t from, size_t to)
{
    struct text text = new_text(&scratch);
    for (; from < to; from++) {
        char origin = own->origins.bytes[from], byte = own->bytes.bytes[from];
        if (origin == EMPTY_FIELD || origin == FIELD_END)
            continue;
        if (origin == QUOTED && strchr("*?[\\", byte))
            add_byte(&text, '\\');
        add_byte(&text, byte);
    }
    return text.bytes;
}

static char *expand_to_string(const struct part *parts)
{
    struct expansion own = new_expansion();
    expand_parts(&own, parts, TYPED);
    return joined(&own);
}

static char *expand_to_pattern(const struct part *parts)
{
    struct expansion own = new_expansion();
    expand_parts(&own, parts, TYPED);
    return as_pattern(&own, 0, own.bytes.length);
}

/* --- parameters --------------------------------------------------------------------------------------------------- */

static pid_t shell_pid, last_background;

static const char *number_text(long number)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", number);
    return copy_string(&scratch, text);
}

static const char *option_letters(void)
{
    struct text letters = new_text(&scratch);
    for (int letter = 'A'; letter <= 'z'; letter++)
        if (options[letter])
            add_byte(&letters, (char)letter);
    return letters.bytes;
}

/* $*: all parameters, the first byte of IFS between them. */
static const char *all_parameters(void)
{
    struct text text = new_text(&scratch);
    const char *separators = get("IFS") ? get("IFS") : " ";
    for (int i = 0; i < parameters.count; i++) {
        if (i && *separators)
            add_byte(&text, *separators);
        add_string(&text, parameters.words[i]);
    }
    return text.bytes;
}

/* The value of a parameter, or NULL. */
static const char *parameter(const char *name)
{
    if (isdigit((unsigned char)*name)) {
        long number = strtol(name, NULL, 10);
        return number > parameters.count ? NULL : number ? parameters.words[number - 1] : shell_name;
    }
    switch (*name) {
    case '?': return number_text(last_status);
    case '#': return number_text(parameters.count);
    case '$': return number_text(shell_pid);
    case '!': return last_background ? number_text(last_background) : NULL;
    case '-': return option_letters();
    case '*': case '@': return parameters.count ? all_parameters() : NULL;
    default: return strcmp(name, "LINENO") ? get(name) : number_text(line_number);
    }
}

/* $@ and $*: a field for each, except for "$*". */
static void put_parameters(struct expansion *own, const struct part *part)
{
    enum origin origin = part->is_quoted ? QUOTED : PUT_IN;
    if (part->is_quoted && *part->text == '*') {
        put_string(own, all_parameters(), QUOTED);
        return;
    }
    for (int i = 0; i < parameters.count; i++) {
        if (i)
            put(own, *part->text == '*' && get("IFS") ? *get("IFS") : ' ', FIELD_END);
        put_string(own, parameters.words[i], origin);
    }
}

/* What is left of a value when the pattern is taken from its beginning or end: the shortest match, or the longest. */
static const char *without_match(const char *value, const char *pattern, enum operator operator)
{
    int is_suffix = operator >= SUFFIX, is_long = operator == PREFIX_LONG || operator == SUFFIX_LONG;
    size_t length = strlen(value);
    char *copy = copy_bytes(&scratch, value, length);
    for (size_t i = 0; i <= length; i++) {
        size_t size = is_long ? length - i : i; /* of what is tried */
        size_t cut = is_suffix ? length - size : size;
        char behind = copy[cut];
        if (!is_suffix)
            copy[cut] = 0;
        int is_match = !fnmatch(pattern, is_suffix ? copy + cut : copy, 0);
        copy[cut] = behind;
        if (is_match && is_suffix)
            copy[cut] = 0;
        if (is_match)
            return is_suffix ? copy : copy + cut;
    }
    return copy;
}

static void require(const struct part *part)
{
    const char *why = part->inner ? expand_to_string(part->inner) : part->is_colon ? "parameter not set or null"
                                                                                  : "parameter not set";
    fail("%s: %s", part->text, why);
}

static void expand_parameter(struct expansion *own, const struct part *part)
{
    enum origin origin = part->is_quoted ? QUOTED : PUT_IN;
    const char *value = part->operator == BAD ? NULL : parameter(part->text);
    int is_missing = !value || (part->is_colon && !*value);
    switch (part->operator) {
    case BAD:
        fail("Bad substitution");
    case ALTERNATIVE:
        if (!is_missing)
            expand_parts(own, part->inner, PUT_IN);
        return;
    case DEFAULT:
        if (is_missing) {
            expand_parts(own, part->inner, PUT_IN);
            return;
        }
        break;
    case ASSIGN:
        if (is_missing) {
            value = expand_to_string(part->inner);
            set_variable(part->text, checked_name(part->text), value, 0);
        }
        break;
    case REQUIRE:
        if (is_missing)
            require(part);
        break;
    default:
        if (!value && options['u'] && !strchr("@*", *part->text))
            fail("%s: parameter not set", part->text);
    }
    if (part->operator == LENGTH)
        value = number_text(value ? (long)strlen(value) : 0);
    else if (part->operator >= PREFIX)
        value = without_match(value ? value : "", expand_to_pattern(part->inner), part->operator);
    else if (strchr("@*", *part->text)) {
        put_parameters(own, part);
        return;
    }
    put_string(own, value ? value : "", origin);
}

/* --- the parts of a word ------------------------------------------------------------------------------------------ */

/* The folder that ~ or ~NAME stands for at the beginning of a text; how long that is, or 0. */
static size_t put_home(struct expansion *own, const char *text)
{
    size_t length = strcspn(text, "/:");
    const char *folder = length == 1 ? get("HOME") : NULL;
    if (*text != '~')
        return 0;
    if (length > 1) {
        const struct passwd *user = getpwnam(copy_bytes(&scratch, text + 1, length - 1));
        folder = user ? user->pw_dir : NULL;
    }
    if (!folder)
        return 0;
    put_string(own, folder, QUOTED);
    return length;
}

static void expand_parts(struct expansion *own, const struct part *part, enum origin literal)
{
    for (; part; part = part->next) {
        enum origin origin = part->is_quoted ? QUOTED : literal;
        switch (part->kind) {
        case LITERAL:
            put_string(own, part->text, origin);
            break;
        case PARAMETER:
            expand_parameter(own, part);
            break;
        case SUBSTITUTION:
            put_string(own, substitute(part->command), part->is_quoted ? QUOTED : PUT_IN);
            break;
        case ARITHMETIC: {
            char text[32];
            snprintf(text, sizeof text, "%" PRId64, evaluate_arithmetic(expand_to_string(part->inner)));
            put_string(own, text, part->is_quoted ? QUOTED : PUT_IN);
        }
        }
    }
}

/* The parts of a word that may begin with a tilde. */
static void expand_word_parts(struct expansion *own, const struct part *part)
{
    if (part && part->kind == LITERAL && !part->is_quoted && *part->text == '~') {
        int is_all = !part->next || strchr(part->text, '/');
        struct part rest = *part;
        rest.text += is_all ? put_home(own, part->text) : 0;
        expand_parts(own, &rest, TYPED);
    } else {
        expand_parts(own, part, TYPED);
    }
}

/* NAME=VALUE of an assignment: a tilde may stand at the beginning of the value and behind each colon. */
static char *expand_assignment(const struct word *word)
{
    struct expansion own = new_expansion();
    int is_start = 0, is_value = 0;
    for (const struct part *part = word->parts; part; part = part->next) {
        struct part alone = *part;
        alone.next = NULL;
        if (part->kind != LITERAL || part->is_quoted) {
            expand_parts(&own, &alone, TYPED);
            is_start = 0;
            continue;
        }
        for (const char *at = part->text; *at; at++) {
            size_t length = is_start ? put_home(&own, at) : 0;
            at += length;
            if (!*at)
                break;
            put(&own, *at, TYPED);
            is_start = (*at == '=' && !is_value) || (*at == ':' && is_value);
            is_value |= *at == '=';
        }
    }
    return joined(&own);
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

/* Add the files that a field matches, in order, or the field itself. */
static void add_field(struct list *fields, const struct expansion *own, size_t from, size_t to)
{
    int is_pattern = 0;
    glob_t files;
    for (size_t i = from; i < to && !is_pattern; i++) {
        char byte = own->bytes.bytes[i], origin = own->origins.bytes[i];
        is_pattern = (byte == '*' || byte == '?' || byte == '[') && (origin == TYPED || origin == PUT_IN);
    }
    if (!is_pattern || options['f'] || glob(as_pattern(own, from, to), 0, NULL, &files)) {
        add_item(fields, joined_part(own, from, to));
        return;
    }
    for (size_t i = 0; i < files.gl_pathc; i++)
        add_item(fields, copy_string(fields->pool, files.gl_pathv[i]));
    globfree(&files);
}

enum separator { NO_SEPARATOR, SPACE, MARK };

/* Whether a byte is one of IFS that separates fields; blanks do so together. */
static enum separator separator_at(const struct expansion *own, size_t i, const char *separators)
{
    char byte = i < own->bytes.length ? own->bytes.bytes[i] : 0;
    if (!byte || own->origins.bytes[i] != PUT_IN || !strchr(separators, byte))
        return NO_SEPARATOR;
    return strchr(" \t\n", byte) ? SPACE : MARK;
}

/* Behind a separator that begins at i: blanks, and at most one mark among them. */
static size_t behind_separator(const struct expansion *own, size_t i, const char *separators)
{
    enum separator kind;
    int marks = 0;
    while ((kind = separator_at(own, i, separators)) == SPACE || (kind == MARK && !marks)) {
        marks += kind == MARK;
        i++;
    }
    return i;
}

/* Split an expansion at IFS and add the fields. */
static void add_fields(struct list *fields, const struct expansion *own)
{
    const char *separators = get("IFS") ? get("IFS") : " \t\n";
    size_t i = 0, from;
    while (i < own->bytes.length) {
        int is_field = 0;
        while (separator_at(own, i, separators) == SPACE)
            i++;
        for (from = i; i < own->bytes.length && separator_at(own, i, separators) == NO_SEPARATOR; i++)
            if (own->origins.bytes[i] == FIELD_END)
                break;
            else
                is_field = 1;
        size_t to = i, behind = behind_separator(own, i, separators);
        for (; i < behind; i++)
            is_field |= separator_at(own, i, separators) == MARK;
        if (is_field)
            add_field(fields, own, from, to);
        if (i == to && i < own->bytes.length) /* FIELD_END */
            i++;
    }
}

static void expand_word(struct list *fields, const struct word *word)
{
    struct expansion own = new_expansion();
    expand_word_parts(&own, word->parts);
    add_fields(fields, &own);
}

/* The words of a command. */
static struct list expand_words(const struct word *word)
{
    struct list fields = new_list(&scratch);
    for (; word; word = word->next)
        expand_word(&fields, word);
    return fields;
}
