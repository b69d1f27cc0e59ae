/* $((...)): whole numbers of 64 bits, with the operators of C. */
#include <inttypes.h>

/* What is calculated: where the text is read, and whether the result is of any use (not that of 1 in 0 && 1/0). */
struct calculation {
    const char *text, *at;
    int is_idle, depth;
};

enum { ASSIGNMENT = 0, CONDITION = 1, LOWEST = 2 };

static const struct { const char *text; int level; } binary[] = {
    { "||", 2 }, { "&&", 3 }, { "|", 4 }, { "^", 5 }, { "&", 6 }, { "==", 7 }, { "!=", 7 }, { "<=", 8 }, { ">=", 8 },
    { "<<", 9 }, { ">>", 9 }, { "<", 8 }, { ">", 8 }, { "+", 10 }, { "-", 10 }, { "*", 11 }, { "/", 11 }, { "%", 11 },
};

static int64_t calculate(struct calculation *own, int level);

static void bad_arithmetic(const struct calculation *own, const char *why)
{
    fail("arithmetic expression: %s: \"%s\"", why, own->text);
}

static void skip_space(struct calculation *own)
{
    while (isspace((unsigned char)*own->at))
        own->at++;
}

static int64_t to_number(const char *text)
{
    char *behind;
    while (isspace((unsigned char)*text))
        text++;
    int64_t number = strtoimax(text, &behind, 0);
    while (isspace((unsigned char)*behind))
        behind++;
    if (*behind)
        fail("Illegal number: %s", text);
    return number;
}

/* The operator of two numbers that is next, or -1; one that assigns is none. */
static int next_binary(struct calculation *own)
{
    skip_space(own);
    for (int i = 0; i < (int)(sizeof binary / sizeof *binary); i++) {
        size_t length = strlen(binary[i].text);
        if (!strncmp(own->at, binary[i].text, length))
            return own->at[length] == '=' && binary[i].level >= 4 && binary[i].level != 7 ? -1 : i;
    }
    return -1;
}

static int64_t divide(const struct calculation *own, int64_t left, int64_t right, char operator)
{
    if (own->is_idle)
        return 0;
    if (!right)
        bad_arithmetic(own, "division by zero");
    if (right == -1) /* the quotient of the least number has no room */
        return operator == '/' ? (int64_t)-(uint64_t)left : 0;
    return operator == '/' ? left / right : left % right;
}

static int64_t apply(const struct calculation *own, const char *operator, int64_t left, int64_t right)
{
    uint64_t one = (uint64_t)left, other = (uint64_t)right;
    switch (operator[0]) {
    case '|': return operator[1] == '|' ? left || right : left | right;
    case '&': return operator[1] == '&' ? left && right : left & right;
    case '^': return left ^ right;
    case '=': return left == right;
    case '!': return left != right;
    case '<': return operator[1] == '<' ? (int64_t)(one << (other & 63)) : operator[1] ? left <= right : left < right;
    case '>': return operator[1] == '>' ? left >> (other & 63) : operator[1] ? left >= right : left > right;
    case '+': return (int64_t)(one + other);
    case '-': return (int64_t)(one - other);
    case '*': return (int64_t)(one * other);
    default: return divide(own, left, right, operator[0]);
    }
}

/* NAME, NAME = value, NAME += value and so on. */
static int64_t calculate_name(struct calculation *own)
{
    char name[256], operator[3] = "";
    size_t length = name_length(own->at);
    snprintf(name, sizeof name, "%.*s", (int)length, own->at);
    own->at += length;
    skip_space(own);
    const char *value = get(name);
    size_t size = strspn(own->at, "+-*/%<>&^|");
    if (own->at[size] != '=' || size > 2 || (!size && own->at[1] == '=') || (size == 2 && strncmp(own->at, "<<", 2) && strncmp(own->at, ">>", 2))
            || (size == 1 && strchr("<>", own->at[0]))) {
        if (!value && options['u'])
            fail("%s: parameter not set", name);
        return value && !own->is_idle ? to_number(value) : 0;
    }
    memcpy(operator, own->at, size);
    own->at += size + 1;
    int64_t result = calculate(own, ASSIGNMENT);
    if (size)
        result = apply(own, operator, value && !own->is_idle ? to_number(value) : 0, result);
    if (!own->is_idle) {
        char text[32];
        snprintf(text, sizeof text, "%" PRId64, result);
        set(name, text);
    }
    return result;
}

static int64_t calculate_primary(struct calculation *own)
{
    char *behind, sign;
    skip_space(own);
    sign = *own->at;
    if (sign && strchr("+-!~", sign)) {
        own->at++;
        if (++own->depth > DEPTH)
            bad_arithmetic(own, "nested too deeply");
        int64_t number = calculate_primary(own);
        own->depth--;
        return sign == '-' ? (int64_t)-(uint64_t)number : sign == '!' ? !number : sign == '~' ? ~number : number;
    }
    if (sign == '(') {
        own->at++;
        int64_t number = calculate(own, ASSIGNMENT);
        skip_space(own);
        if (*own->at != ')')
            bad_arithmetic(own, "expecting ')'");
        own->at++;
        return number;
    }
    if (is_name_start((unsigned char)sign))
        return calculate_name(own);
    if (!isdigit((unsigned char)sign))
        bad_arithmetic(own, "expecting primary");
    int64_t number = strtoimax(own->at, &behind, 0);
    own->at = behind;
    return number;
}

/* condition ? one : other, of which only one is done. */
static int64_t calculate_choice(struct calculation *own, int64_t condition)
{
    int is_idle = own->is_idle;
    own->at++;
    own->is_idle = is_idle || !condition;
    int64_t one = calculate(own, ASSIGNMENT);
    skip_space(own);
    if (*own->at != ':')
        bad_arithmetic(own, "expecting ':'");
    own->at++;
    own->is_idle = is_idle || condition;
    int64_t other = calculate(own, CONDITION);
    own->is_idle = is_idle;
    return condition ? one : other;
}

/* What operators of this level and of those that bind more tightly make. */
static int64_t calculate(struct calculation *own, int level)
{
    if (++own->depth > DEPTH)
        bad_arithmetic(own, "nested too deeply");
    int64_t left = calculate_primary(own);
    int found;
    while ((found = next_binary(own)) >= 0 && binary[found].level >= level) {
        const char *operator = binary[found].text;
        int is_idle = own->is_idle;
        own->at += strlen(operator);
        if (!strcmp(operator, "&&") || !strcmp(operator, "||"))
            own->is_idle = is_idle || (*operator == '&') == !left;
        int64_t right = calculate(own, binary[found].level + 1);
        own->is_idle = is_idle;
        left = apply(own, operator, left, right);
    }
    if (level <= CONDITION && *own->at == '?')
        left = calculate_choice(own, left);
    own->depth--;
    return left;
}

/* The value of an expression. */
static int64_t evaluate_arithmetic(const char *text)
{
    struct calculation own = { .text = text, .at = text };
    skip_space(&own);
    int64_t value = *own.at ? calculate(&own, ASSIGNMENT) : 0;
    skip_space(&own);
    if (*own.at)
        bad_arithmetic(&own, "expecting EOF");
    return value;
}
