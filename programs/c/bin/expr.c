/* expr EXPRESSION: prints what an expression of words is: each number and operator is an argument.
 *
 * A | B, A & B, A < <= = != >= > B, A + - * / % B, TEXT : PATTERN, length TEXT, substr TEXT FROM COUNT,
 * index TEXT BYTES, ( EXPRESSION ). The exit status is 1 when it is nothing or 0, 2 for errors, 3 when it
 * cannot be written.
 *
 * Arguments: 2 + 3 * 4
 * Expected output:
 *   14
 * Exit status: 0
 * Scheduling: any
 */
#include <inttypes.h>
#include <regex.h>
#include <string.h>

#include "options.h"

enum { DEPTH = 500 };

static char **at;
static int depth;

static const char *calculate(int level);

static const char *number_text(int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    char *copy = strdup(text);
    if (!copy)
        err(2, "memory exhausted");
    return copy;
}

static int is_number(const char *text)
{
    text += *text == '-';
    return *text && strspn(text, "0123456789") == strlen(text);
}

static int64_t number_of(const char *text)
{
    if (!is_number(text))
        errx(2, "non-integer argument");
    errno = 0;
    int64_t number = strtoimax(text, NULL, 10);
    if (errno)
        errx(2, "%s: %s", text, strerror(errno));
    return number;
}

/* Whether a value is neither nothing nor zero. */
static int is_true(const char *text)
{
    return *text && !(is_number(text) && strspn(text, "-0") == strlen(text));
}

static int accept(const char *word)
{
    if (!*at || strcmp(*at, word))
        return 0;
    at++;
    return 1;
}

static const char *next_word(void)
{
    if (!*at) {
        errx(2, "syntax error: missing argument after '%s'", at[-1]);
    }
    return *at++;
}

/* What a pattern, from the beginning of a text, matches: the bytes in \(...\) if there are any, else their number. */
static const char *match(const char *text, const char *pattern)
{
    regex_t compiled;
    regmatch_t found[2];
    char anchored[4096];
    snprintf(anchored, sizeof anchored, "^%s", *pattern == '^' ? pattern + 1 : pattern);
    if (regcomp(&compiled, anchored, 0))
        errx(2, "Invalid regular expression");
    int has_group = compiled.re_nsub > 0, is_found = !regexec(&compiled, text, 2, found, 0);
    regfree(&compiled);
    if (!has_group)
        return number_text(is_found ? found[0].rm_eo : 0);
    if (!is_found || found[1].rm_so < 0)
        return "";
    char *part = strndup(text + found[1].rm_so, (size_t)(found[1].rm_eo - found[1].rm_so));
    return part ? part : "";
}

static const char *substring(const char *text, const char *from, const char *count)
{
    int64_t length = (int64_t)strlen(text), start = is_number(from) ? number_of(from) : 0;
    int64_t wanted = is_number(count) ? number_of(count) : 0;
    if (start < 1 || start > length || wanted < 1)
        return "";
    char *part = strndup(text + start - 1, (size_t)(wanted < length ? wanted : length));
    return part ? part : "";
}

static const char *calculate_word(void)
{
    if (accept("length"))
        return number_text((int64_t)strlen(calculate_word()));
    if (accept("index")) {
        const char *text = calculate_word(), *bytes = calculate_word(), *found = strpbrk(text, bytes);
        return number_text(found ? found - text + 1 : 0);
    }
    if (accept("match")) {
        const char *text = calculate_word();
        return match(text, calculate_word());
    }
    if (accept("substr")) {
        const char *text = calculate_word(), *from = calculate_word();
        return substring(text, from, calculate_word());
    }
    if (accept("+"))
        return next_word();
    if (accept("(")) {
        const char *value = calculate(0);
        if (!accept(")"))
            errx(2, *at ? "syntax error: expecting ')' instead of '%s'" : "syntax error: expecting ')' after '%s'",
                 *at ? *at : at[-1]);
        return value;
    }
    if (*at && !strcmp(*at, ")"))
        errx(2, "syntax error: unexpected ')'");
    return next_word();
}

static const struct { const char *text; int level; } operators[] = {
    { "|", 0 }, { "&", 1 }, { "<", 2 }, { "<=", 2 }, { "=", 2 }, { "==", 2 }, { "!=", 2 }, { ">=", 2 }, { ">", 2 },
    { "+", 3 }, { "-", 3 }, { "*", 4 }, { "/", 4 }, { "%", 4 }, { ":", 5 },
};

static int compare(const char *left, const char *operator, const char *right)
{
    int64_t one = 0, other = 0;
    int order;
    if (is_number(left) && is_number(right)) {
        one = number_of(left);
        other = number_of(right);
        order = (one > other) - (one < other);
    } else {
        order = strcmp(left, right);
    }
    switch (*operator) {
    case '<': return operator[1] ? order <= 0 : order < 0;
    case '>': return operator[1] ? order >= 0 : order > 0;
    default: return (*operator == '=') == !order;
    }
}

static int64_t count(int64_t left, char operator, int64_t right)
{
    int64_t result = 0;
    int is_too_large = 0;
    switch (operator) {
    case '+': is_too_large = __builtin_add_overflow(left, right, &result); break;
    case '-': is_too_large = __builtin_sub_overflow(left, right, &result); break;
    case '*': is_too_large = __builtin_mul_overflow(left, right, &result); break;
    default:
        if (!right)
            errx(2, "division by zero");
        is_too_large = right == -1 && operator == '/' && left == INT64_MIN;
        result = is_too_large || right == -1 ? (operator == '/' ? -(left + is_too_large) : 0)
               : operator == '/' ? left / right : left % right;
    }
    if (is_too_large)
        errx(2, "%s", strerror(ERANGE));
    return result;
}

static const char *apply(const char *left, const char *operator, const char *right)
{
    switch (*operator) {
    case '|': return is_true(left) ? left : is_true(right) ? right : "0";
    case '&': return is_true(left) && is_true(right) ? left : "0";
    case ':': return match(left, right);
    case '+': case '-': case '*': case '/': case '%':
        return number_text(count(number_of(left), *operator, number_of(right)));
    default: return number_text(compare(left, operator, right));
    }
}

/* What operators of this level and of those that bind more tightly make. */
static const char *calculate(int level)
{
    if (++depth > DEPTH)
        errx(2, "nested too deeply");
    const char *left = calculate_word();
    for (;;) {
        size_t i = 0;
        while (i < sizeof operators / sizeof *operators && (!*at || strcmp(*at, operators[i].text)))
            i++;
        if (i == sizeof operators / sizeof *operators || operators[i].level < level)
            break;
        at++;
        left = apply(left, operators[i].text, calculate(operators[i].level + 1));
    }
    depth--;
    return left;
}

int main(int argc, char **argv)
{
    failure = 2;
    help_if_wanted(argc, argv, "EXPRESSION");
    at = argv + 1;
    if (argc > 1 && !strcmp(*at, "--"))
        at++;
    if (!*at)
        misused("missing operand");
    const char *value = calculate(0);
    if (*at)
        errx(2, "syntax error: unexpected argument '%s'", *at);
    puts(value);
    return finish(!is_true(value), 3);
}
