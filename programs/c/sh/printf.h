/* printf and echo: texts with backslashes, and formats. Used by the shell and by the programs of these names. */

/* What is printed, and where the words for it come from. */
struct printing {
    char **words;
    int is_over, status;                    /* is_over: \c was met */
    void (*complain)(const char *word);     /* about a word that is no number */
};

/* Print the byte that stands behind a backslash; a zero may be before an octal number in %b and echo. Behind it. */
static const char *print_escaped(struct printing *own, const char *at, int with_zero)
{
    static const char letters[] = "abefnrtv\\", bytes[] = "\a\b\033\f\n\r\t\v\\";
    const char *letter = *at ? strchr(letters, *at) : NULL;
    if (letter) {
        putchar(bytes[letter - letters]);
        return at + 1;
    }
    if (*at == 'c' && with_zero) {
        own->is_over = 1;
        return at;
    }
    if (*at < '0' || *at > '7' || (with_zero && *at != '0')) {
        putchar('\\');
        return at;
    }
    int byte = 0;
    at += with_zero;
    for (int i = 0; i < 3 && *at >= '0' && *at <= '7'; i++)
        byte = byte * 8 + *at++ - '0';
    putchar(byte);
    return at;
}

/* Print a text of which backslashes have a meaning, as in echo and %b. */
static void print_text(struct printing *own, const char *at)
{
    while (*at && !own->is_over)
        if (*at == '\\')
            at = print_escaped(own, at + 1, 1);
        else
            putchar(*at++);
}

static const char *next_word(struct printing *own)
{
    return *own->words ? *own->words++ : NULL;
}

/* The number that the next word is, or the byte behind a quote; 0 for none. */
static int64_t next_number(struct printing *own)
{
    const char *word = next_word(own);
    char *behind;
    if (!word)
        return 0;
    if (*word == '"' || *word == '\'')
        return (unsigned char)word[1];
    errno = 0;
    int64_t number = *word == '-' ? strtoimax(word, &behind, 0) : (int64_t)strtoumax(word, &behind, 0);
    if (*behind || behind == word || errno) {
        own->complain(word);
        own->status = 1;
    }
    return number;
}

static double next_real(struct printing *own)
{
    const char *word = next_word(own);
    char *behind;
    double number = word ? strtod(word, &behind) : 0;
    if (word && (*behind || behind == word)) {
        own->complain(word);
        own->status = 1;
    }
    return number;
}

/* Print what one conversion says: flags, width and precision are in `form`, the letter is left out. */
static void print_converted(struct printing *own, const char *form, char letter)
{
    char whole[64];
    const char *word;
    switch (letter) {
    case 'd': case 'i': case 'o': case 'u': case 'x': case 'X':
        snprintf(whole, sizeof whole, "%sj%c", form, letter);
        printf(whole, (intmax_t)next_number(own));
        break;
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case 'a': case 'A':
        snprintf(whole, sizeof whole, "%s%c", form, letter);
        printf(whole, next_real(own));
        break;
    case 'b':
        word = next_word(own);
        print_text(own, word ? word : "");
        break;
    default:
        word = next_word(own);
        snprintf(whole, sizeof whole, letter == 'c' ? "%s.1s" : "%ss", form);
        printf(whole, word ? word : "");
    }
}

/* Read flags, width and precision at a percent sign into `form`; the letter, or 0 when there is none that is known. */
static char read_form(struct printing *own, const char **at, char *form, size_t size)
{
    size_t length = 0;
    form[length++] = *(*at)++;
    for (; **at && strchr("-+ #0123456789.*", **at) && length + 12 < size; (*at)++)
        if (**at == '*')
            length += (size_t)snprintf(form + length, size - length, "%d", (int)next_number(own));
        else
            form[length++] = **at;
    form[length] = 0;
    char letter = **at;
    if (!letter || !strchr("diouxXeEfFgGaAbcs", letter))
        return 0;
    (*at)++;
    return letter;
}

/* Print a format once; whether it is well-formed. */
static int print_once(struct printing *own, const char *at)
{
    char form[40];
    while (*at && !own->is_over) {
        if (*at == '\\') {
            at = print_escaped(own, at + 1, 0);
        } else if (at[0] == '%' && at[1] == '%') {
            putchar('%');
            at += 2;
        } else if (*at == '%') {
            char letter = read_form(own, &at, form, sizeof form);
            if (!letter)
                return 0;
            print_converted(own, form, letter);
        } else {
            putchar(*at++);
        }
    }
    return 1;
}

/* Print a format as often as there are words for it; the exit status, or -1 if it is malformed. */
static int print_format(struct printing *own, const char *format)
{
    char **before;
    do {
        before = own->words;
        if (!print_once(own, format))
            return -1;
    } while (*own->words && own->words != before && !own->is_over);
    return own->status;
}
