/* Commands of the shell's own: variables, parameters and options. */

/* Print a value so that the shell can read it again. */
static void print_quoted(const char *value)
{
    putchar('\'');
    for (; *value; value++)
        if (*value == '\'')
            fputs("'\"'\"'", stdout);
        else
            putchar(*value);
    putchar('\'');
}

static int by_text(const void *one, const void *other)
{
    return strcmp((*(const struct variable *const *)one)->text, (*(const struct variable *const *)other)->text);
}

/* Print the variables that have a flag, all with 0, in order. */
static void print_variables(const char *before, int flags)
{
    int count = 0, room = 0;
    const struct variable **found;
    for (int i = 0; i < BUCKETS; i++)
        for (const struct variable *variable = variables[i]; variable; variable = variable->next)
            room++;
    found = take(&scratch, (size_t)room * sizeof *found);
    for (int i = 0; i < BUCKETS; i++)
        for (const struct variable *variable = variables[i]; variable; variable = variable->next)
            if ((variable->flags & flags) == flags && (flags || value_of(variable)))
                found[count++] = variable;
    if (count)
        qsort(found, (size_t)count, sizeof *found, by_text);
    for (int i = 0; i < count; i++) {
        printf("%s%.*s", before, (int)found[i]->name_length, found[i]->text);
        if (value_of(found[i])) {
            putchar('=');
            print_quoted(value_of(found[i]));
        }
        putchar('\n');
    }
}

/* export and readonly: a flag for each NAME or NAME=VALUE. */
static int declare(char **words, const char *before, int flags)
{
    char **word = words + 1;
    while (*word && (!strcmp(*word, "-p") || !strcmp(*word, "--")))
        word++;
    if (!*word)
        print_variables(before, flags);
    for (; *word; word++) {
        size_t length = checked_name(*word);
        if ((*word)[length])
            set_variable(*word, length, *word + length + 1, flags);
        else
            flag(*word, length, flags);
    }
    return 0;
}

static int do_export(int count, char **words)
{
    (void)count;
    return declare(words, "export ", EXPORTED);
}

static int do_readonly(int count, char **words)
{
    (void)count;
    return declare(words, "readonly ", READONLY);
}

static int do_local(int count, char **words)
{
    struct frame *own = frame;
    (void)count;
    while (own && !own->is_function)
        own = own->outer;
    if (!own)
        fail("not in a function");
    for (char **word = words + 1; *word; word++) {
        size_t length = checked_name(*word);
        save(own, *word, length);
        if ((*word)[length])
            set_variable(*word, length, *word + length + 1, 0);
    }
    return 0;
}

static int do_unset(int count, char **words)
{
    int is_function = count > 1 && !strcmp(words[1], "-f");
    for (char **word = words + 1; *word; word++)
        if (!strcmp(*word, "-f") || !strcmp(*word, "-v")) {
            continue;
        } else if (is_function) {
            unset_function(*word);
        } else {
            checked_name(*word);
            unset(*word);
        }
    return 0;
}

static int do_shift(int count, char **words)
{
    int64_t number = count > 1 ? to_number(words[1]) : 1;
    if (number < 0 || number > parameters.count)
        fail("can't shift that many");
    char **left = parameters.words + number;
    struct parameters before = parameters;
    parameters = (struct parameters){ 0 };
    set_parameters(left, before.count - (int)number);
    drop_parameters(&before);
    return 0;
}

static const struct { char letter; const char *name; } known_options[] = {
    { 'e', "errexit" }, { 'f', "noglob" }, { 'I', "ignoreeof" }, { 'i', "interactive" }, { 'm', "monitor" },
    { 'n', "noexec" }, { 's', "stdin" }, { 'x', "xtrace" }, { 'v', "verbose" }, { 'C', "noclobber" },
    { 'a', "allexport" }, { 'b', "notify" }, { 'u', "nounset" },
};

enum { KNOWN_OPTIONS = sizeof known_options / sizeof *known_options };

static void set_option_by_name(const char *name, int value)
{
    for (int i = 0; i < KNOWN_OPTIONS; i++)
        if (!strcmp(name, known_options[i].name)) {
            options[(unsigned char)known_options[i].letter] = (char)value;
            return;
        }
    fail("Illegal option -o %s", name);
}

static void print_options(void)
{
    puts("Current option settings");
    for (int i = 0; i < KNOWN_OPTIONS; i++)
        printf("%-16s%s\n", known_options[i].name, options[(unsigned char)known_options[i].letter] ? "on" : "off");
}

/* Set options from words that begin with - or +; the first word that is none, behind "--" if that is there. */
static char **set_options(char **word)
{
    for (; *word && (**word == '-' || **word == '+'); word++) {
        int value = **word == '-';
        if (!strcmp(*word, "--"))
            return word + 1;
        if (!strcmp(*word, "-")) {
            options['x'] = options['v'] = 0;
            return word + 1;
        }
        for (const char *letter = *word + 1; *letter; letter++) {
            int i = 0;
            while (i < KNOWN_OPTIONS && known_options[i].letter != *letter)
                i++;
            if (*letter == 'o' && word[1])
                set_option_by_name(*++word, value), letter = "o";
            else if (*letter == 'o')
                print_options();
            else if (i == KNOWN_OPTIONS)
                fail("Illegal option %c%c", value ? '-' : '+', *letter);
            else
                options[(unsigned char)*letter] = (char)value;
        }
    }
    return word;
}

static void settle_job_control(void);

static int do_set(int count, char **words)
{
    if (count == 1)
        print_variables("", 0);
    char **rest = set_options(words + 1);
    settle_job_control();
    if (*rest || (rest > words + 1 && !strncmp(rest[-1], "--", 3)))
        set_parameters(rest, count - (int)(rest - words));
    return 0;
}

/* A line from standard input, byte by byte: what is behind it belongs to others. 0 at the end of input. */
static int read_into(struct expansion *line, int is_raw)
{
    char byte;
    ssize_t count;
    for (int is_escaped = 0;;) {
        while ((count = read(STDIN_FILENO, &byte, 1)) < 0 && errno == EINTR)
            mind_signals();
        if (count <= 0)
            return 0;
        if (is_escaped && byte == '\n') {
            is_escaped = 0;
        } else if (is_escaped) {
            put(line, byte, QUOTED);
            is_escaped = 0;
        } else if (byte == '\\' && !is_raw) {
            is_escaped = 1;
        } else if (byte == '\n') {
            return 1;
        } else if (byte) {
            put(line, byte, PUT_IN);
        }
    }
}

/* Give the fields of a line to variables, all that is left to the last. */
static void share_out(const struct expansion *line, char **names)
{
    const char *separators = get("IFS") ? get("IFS") : " \t\n";
    size_t i = 0, from, to;
    for (; *names; names++) {
        while (separator_at(line, i, separators) == SPACE)
            i++;
        for (from = i; i < line->bytes.length && !separator_at(line, i, separators); i++)
            ;
        to = i;
        i = behind_separator(line, i, separators);
        if (!names[1] && i < line->bytes.length) { /* there is more: all of it, but for blanks at the end */
            for (to = line->bytes.length; to > from && separator_at(line, to - 1, separators) == SPACE; to--)
                ;
        }
        set_variable(*names, checked_name(*names), copy_bytes(&scratch, line->bytes.bytes + from, to - from), 0);
    }
}

static int do_read(int count, char **words)
{
    struct expansion line = new_expansion();
    int is_raw = 0;
    char **word = words + 1;
    (void)count;
    for (; *word && **word == '-' && (*word)[1]; word++) {
        if (!strcmp(*word, "--")) {
            word++;
            break;
        }
        if (!strcmp(*word, "-p") && word[1]) {
            word++;
            if (isatty(STDIN_FILENO))
                fprintf(stderr, "%s", *word);
        } else if (!strcmp(*word, "-r")) {
            is_raw = 1;
        } else {
            fail("Illegal option %s", *word);
        }
    }
    if (!*word)
        fail("arg count");
    fflush(stdout);
    int is_line = read_into(&line, is_raw);
    share_out(&line, word);
    return !is_line;
}

/* The letter of the next option for getopts in `word`, or 0 at their end; where in it the next begins is kept. */
static int next_option(char **words, const char *wanted, int *index, int *at)
{
    const char *word = words[*index - 1];
    if (!*at && (!word || word[0] != '-' || !word[1]))
        return 0;
    if (!*at && !strcmp(word, "--")) {
        ++*index;
        return 0;
    }
    int letter = (unsigned char)word[*at + 1];
    const char *known = letter == ':' ? NULL : strchr(wanted, letter);
    char option[2] = { (char)letter, 0 };
    ++*at;
    int is_end = !word[*at + 1];
    unset("OPTARG");
    if (!known && *wanted == ':') {
        set("OPTARG", option);
    } else if (!known) {
        fprintf(stderr, "Illegal option -%c\n", letter);
    } else if (known[1] == ':') {
        const char *argument = is_end ? words[*index] : word + *at + 1;
        *index += is_end && argument;
        is_end = 1;
        if (argument) {
            set("OPTARG", argument);
        } else if (*wanted == ':') {
            set("OPTARG", option);
            letter = ':';
        } else {
            fprintf(stderr, "No arg for -%c option\n", letter);
            known = NULL;
        }
    }
    if (is_end) {
        ++*index;
        *at = 0;
    }
    return known ? letter : '?';
}

static int do_getopts(int count, char **words)
{
    static int at, last_index;
    if (count < 3)
        fail("Usage: getopts optstring var [arg...]");
    char **arguments = count > 3 ? words + 3 : parameters.words;
    int room = count > 3 ? count - 3 : parameters.count;
    int index = (int)to_number(get("OPTIND") ? get("OPTIND") : "1");
    if (index < 1 || index > room + 1)
        index = 1;
    if (index != last_index)
        at = 0;
    if (index > room || (size_t)at >= strlen(arguments[index - 1]))
        at = 0;
    int letter = index > room ? 0 : next_option(arguments, words[1], &index, &at);
    last_index = index;
    set_number("OPTIND", index);
    char name[2] = { (char)(letter ? letter : '?'), 0 };
    set_variable(words[2], checked_name(words[2]), name, 0);
    return !letter;
}
