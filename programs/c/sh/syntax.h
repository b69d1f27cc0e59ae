/* What the parser makes of a script: commands of words, words of parts. */

/* What a part of a word becomes when its command is done. */
enum part_kind { LITERAL, PARAMETER, SUBSTITUTION, ARITHMETIC };

/* What is between the name and the end in ${name-word}: nothing; #name; - = ? +; # ## % %%; or what nobody knows. */
enum operator { VALUE, LENGTH, DEFAULT, ASSIGN, REQUIRE, ALTERNATIVE, PREFIX, PREFIX_LONG, SUFFIX, SUFFIX_LONG, BAD };

struct part {
    enum part_kind kind;
    int is_quoted;
    char *text;             /* the literal, or the name of the parameter */
    enum operator operator;
    int is_colon;           /* :- := :? :+, where an empty value is as none */
    struct part *inner;     /* the word in ${name-word}, what $((...)) calculates */
    struct node *command;   /* of $(...) */
    struct part *next;
};

struct word {
    struct part *parts;
    struct word *next;
};

enum redirection_kind { READ, WRITE, APPEND, CLOBBER, READ_WRITE, COPY_IN, COPY_OUT, DOCUMENT };

struct redirection {
    enum redirection_kind kind;
    int descriptor;
    struct word *target;  /* a file, a descriptor or "-", or the document */
    struct redirection *next;
};

enum node_kind {
    SIMPLE,     /* assignments, words, redirections */
    PIPELINE,   /* children, joined by pipes */
    CHAIN,      /* children, joined by && and || */
    SEQUENCE,   /* children, one after the other */
    BACKGROUND, /* child & */
    NOT,        /* ! child */
    GROUP,      /* { child } redirections, or any other compound command that has redirections */
    SUBSHELL,   /* ( child ) redirections */
    IF,         /* if child; then body; else otherwise */
    WHILE, UNTIL,
    FOR,        /* for name in words; do body; words is NULL for "$@" unless is_given */
    CASE,       /* case words in choices */
    FUNCTION,   /* name() body */
};

enum joint { ALWAYS, ON_SUCCESS, ON_FAILURE };

struct node {
    enum node_kind kind;
    int line, is_given;
    enum joint joint;             /* how it follows the child before it in a chain */
    char *name, *source;          /* source: as it was typed, or its beginning, to show as a job; may be NULL */
    struct word *assignments, *words;
    struct redirection *redirections;
    struct node *child, *body, *otherwise;
    struct choice *choices;
    struct node *next;            /* the child behind it */
};

struct choice {
    struct word *patterns;
    struct node *body;
    struct choice *next;
};

/* A complete command, and all the memory that it is made of, which goes with its last user: functions use it too. */
struct program {
    struct node *root;
    struct pool pool;
    int users;
};

static struct program *parsed; /* where the parser makes its nodes */

static struct program *new_program(void)
{
    return checked(calloc(1, sizeof(struct program)));
}

static void drop(struct program *program)
{
    if (!program || --program->users > 0)
        return;
    release_all(&program->pool);
    free(program);
}

static void *make(size_t size)
{
    return memset(take(&parsed->pool, size), 0, size);
}

static struct node *new_node(enum node_kind kind, int line)
{
    struct node *node = make(sizeof *node);
    node->kind = kind;
    node->line = line;
    return node;
}
