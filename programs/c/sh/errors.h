/* What goes wrong: a message, and the way back to who can go on.
 *
 * Who can go on after an error calls setjmp with a catcher of its own. An error in a command of the shell's own is
 * caught where it was called; one that nobody else catches ends a script, and gives a terminal its next prompt. What
 * has to be undone on the way is said when it is done.
 */
enum problem { NO_PROBLEM, ERROR, INTERRUPTED, EXITING };

enum { STACK = 2 << 20 }; /* bytes that commands inside of each other may take */

struct undo {
    void (*what)(void *with);
    void *with;
    struct undo *outer;
};

struct catcher {
    jmp_buf place;
    struct mark mark;
    struct undo *undos;
    const char *builtin_name;
    struct catcher *outer;
};

static const char *shell_name = "sh";
static int line_number;          /* of the command that is done, or of the line that is read */
static const char *builtin_name; /* of the command of the shell's own that is done, for its messages */
static int last_status, exit_status; /* $?; what the shell exits with */
static struct catcher *catcher;
static struct undo *undos;
static const char *stack_start; /* an address at its beginning */

/* From now until `end` of it, an error is going to undo something. */
static void begin(struct undo *own, void (*what)(void *), void *with)
{
    *own = (struct undo){ what, with, undos };
    undos = own;
}

static void end(struct undo *own)
{
    undos = own->outer;
    own->what(own->with);
}

/* Call as `enter(&own); if (!(problem = setjmp(own.place))) { ... } leave(&own);` */
static void enter(struct catcher *own)
{
    own->outer = catcher;
    own->mark = mark(&scratch);
    own->undos = undos;
    own->builtin_name = builtin_name;
    catcher = own;
}

static void leave(const struct catcher *own)
{
    catcher = own->outer;
}

static void throw(enum problem problem) __attribute__((noreturn));

static void throw(enum problem problem)
{
    while (undos != catcher->undos)
        end(undos);
    release(&scratch, catcher->mark);
    builtin_name = catcher->builtin_name;
    longjmp(catcher->place, (int)problem);
}

static void complain_about(const char *format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "%s: %d: ", shell_name, line_number);
    if (builtin_name)
        fprintf(stderr, "%s: ", builtin_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain_about(format, arguments);
    va_end(arguments);
}

/* Say what is wrong and give up what is done; the status is 2, as that of all errors of the shell. */
static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain_about(format, arguments);
    va_end(arguments);
    last_status = 2;
    throw(ERROR);
}

static void exit_with(int status) __attribute__((noreturn));

static void exit_with(int status)
{
    exit_status = status & 255;
    throw(EXITING);
}

/* Commands inside of commands, functions that call themselves: fail before the stack is full. */
static void check_stack(void)
{
    const char here = 0;
    if (stack_start - &here > STACK)
        fail("commands are nested too deeply");
}
