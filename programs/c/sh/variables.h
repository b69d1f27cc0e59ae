/* Variables and parameters. A variable is kept as the environment wants it: NAME=VALUE. */
extern char **environ;

enum { BUCKETS = 61, EXPORTED = 1, READONLY = 2 };

struct variable {
    char *text;               /* NAME=VALUE; without a value only NAME */
    size_t name_length;
    int flags;
    struct variable *next;
};

/* A variable as it was before a function made it its own. */
struct saved {
    char *name, *value; /* value: NULL where there was none */
    int flags;
    struct saved *next;
};

/* What begins with a function, or with assignments before a command: its own variables and parameters. */
struct frame {
    int is_function;
    struct saved *saved;
    struct frame *outer;
    struct undo undo;
};

struct parameters {
    char **words; /* $1 and so on */
    int count, is_owned;
};

static struct variable *variables[BUCKETS];
static struct frame *frame;
static struct parameters parameters;
static char options[256]; /* by their letters: not 0 where an option is set */

static struct variable **find_place(const char *name, size_t length)
{
    unsigned hash = 0;
    for (size_t i = 0; i < length; i++)
        hash = 31 * hash + (unsigned char)name[i];
    struct variable **place = &variables[hash % BUCKETS];
    while (*place && ((*place)->name_length != length || memcmp((*place)->text, name, length)))
        place = &(*place)->next;
    return place;
}

static const char *value_of(const struct variable *variable)
{
    return variable && variable->text[variable->name_length] ? variable->text + variable->name_length + 1 : NULL;
}

/* The value of a variable, or NULL. */
static const char *get(const char *name)
{
    return value_of(*find_place(name, strlen(name)));
}

static struct variable *set_variable(const char *name, size_t length, const char *value, int flags)
{
    struct variable **place = find_place(name, length), *variable = *place;
    if (variable && variable->flags & READONLY && value)
        fail("%.*s: is read only", (int)length, name);
    char *text = checked(malloc(length + (value ? strlen(value) : 0) + 2));
    memcpy(text, name, length);
    text[length] = 0;
    if (value) {
        text[length] = '=';
        strcpy(text + length + 1, value);
    }
    if (!variable) {
        variable = *place = checked(calloc(1, sizeof *variable));
        variable->name_length = length;
    } else {
        free(variable->text);
    }
    variable->text = text;
    variable->flags |= flags | (options['a'] && value ? EXPORTED : 0);
    return variable;
}

static void set(const char *name, const char *value)
{
    set_variable(name, strlen(name), value, 0);
}

static void set_number(const char *name, long number)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", number);
    set(name, text);
}

/* Give a variable a flag; it comes into being without a value. */
static void flag(const char *name, size_t length, int flags)
{
    struct variable *variable = *find_place(name, length);
    if (variable)
        variable->flags |= flags;
    else
        set_variable(name, length, NULL, flags);
}

static void unset(const char *name)
{
    struct variable **place = find_place(name, strlen(name)), *variable = *place;
    if (!variable)
        return;
    if (variable->flags & READONLY)
        fail("%s: is read only", name);
    *place = variable->next;
    free(variable->text);
    free(variable);
}

/* The length of the name that NAME or NAME=VALUE begins with. */
static size_t checked_name(const char *text)
{
    size_t length = name_length(text);
    if (!length || (text[length] && text[length] != '='))
        fail("%.*s: bad variable name", (int)strcspn(text, "="), text);
    return length;
}

/* NAME=VALUE, as it stands before a command. */
static void assign(const char *text, int flags)
{
    size_t length = name_length(text);
    set_variable(text, length, text + length + 1, flags);
}

/* Keep what a variable is, to be so again when the frame is left. */
static void save(struct frame *frame, const char *name, size_t length)
{
    const struct variable *variable = *find_place(name, length);
    struct saved *saved = checked(calloc(1, sizeof *saved));
    saved->name = checked(strndup(name, length));
    saved->value = value_of(variable) ? checked(strdup(value_of(variable))) : NULL;
    saved->flags = variable ? variable->flags : -1;
    saved->next = frame->saved;
    frame->saved = saved;
}

static void leave_frame(void *with)
{
    struct frame *own = with;
    while (own->saved) {
        struct saved *saved = own->saved;
        struct variable *variable = *find_place(saved->name, strlen(saved->name));
        own->saved = saved->next;
        if (variable)
            variable->flags = 0;
        if (saved->flags < 0)
            unset(saved->name);
        else
            set_variable(saved->name, strlen(saved->name), saved->value, 0)->flags = saved->flags;
        free(saved->name);
        free(saved->value);
        free(saved);
    }
    frame = own->outer;
}

static void enter_frame(struct frame *own, int is_function)
{
    *own = (struct frame){ .is_function = is_function, .outer = frame };
    frame = own;
    begin(&own->undo, leave_frame, own);
}

/* The environment of a program that is started. */
static char **environment(void)
{
    struct list list = new_list(&scratch);
    for (int i = 0; i < BUCKETS; i++)
        for (const struct variable *variable = variables[i]; variable; variable = variable->next)
            if (variable->flags & EXPORTED && value_of(variable))
                add_item(&list, variable->text);
    return list.items;
}

static void drop_parameters(struct parameters *own)
{
    for (int i = 0; own->is_owned && i < own->count; i++)
        free(own->words[i]);
    if (own->is_owned)
        free(own->words);
}

/* Make copies of these words $1 and so on. */
static void set_parameters(char **words, int count)
{
    char **copies = checked(calloc((size_t)count + 1, sizeof *copies));
    for (int i = 0; i < count; i++)
        copies[i] = checked(strdup(words[i]));
    drop_parameters(&parameters);
    parameters = (struct parameters){ copies, count, 1 };
}

/* What the shell was given, and what it gives to itself. */
static void take_environment(void)
{
    char folder[4096], parent[16];
    for (char **variable = environ; *variable; variable++)
        if (name_length(*variable) && (*variable)[name_length(*variable)] == '=')
            assign(*variable, EXPORTED);
    snprintf(parent, sizeof parent, "%d", (int)getppid());
    set("PPID", parent);
    set("IFS", " \t\n");
    set("PS2", "> ");
    set("PS4", "+ ");
    set("OPTIND", "1");
    if (getcwd(folder, sizeof folder))
        set("PWD", folder);
    if (!get("PS1"))
        set("PS1", "guest$ ");
}
