/* Redirections: what a command's descriptors become. They are worked out first, which may take anything; then they are
 * done, in the shell or in a child that has its memory from vfork and so only makes system calls.
 */
#include <limits.h>
#include <sys/stat.h>

enum { CLOSED = -1, OPENED = -2 };

/* A descriptor becomes a copy of another, or is CLOSED, or OPENED as a file. */
struct opening {
    int descriptor, from, flags;
    int is_document; /* `from` is a pipe that holds one */
    char *file;
};

struct openings {
    struct opening *items;
    int count;
    struct undo undo;
};

/* What the shell's own descriptors were. */
struct kept {
    int descriptor, copy; /* copy: CLOSED where there was none */
};

struct restoring {
    struct kept *items;
    int count;
    struct undo undo;
};

static char prefix[128]; /* of messages in a child */

static pid_t fork_shell(void);

/* Write a text; only system calls are made. */
static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* there is nobody else to tell */
}

/* What an error number means, for what is said in such a child: strerror(3) is not for it. */
static const char *reason(int number)
{
    static const struct { int number; const char *text; } reasons[] = {
        { EACCES, "Permission denied" }, { EBADF, "Bad file descriptor" }, { EEXIST, "File exists" },
        { EISDIR, "Is a directory" }, { ENOTDIR, "Not a directory" }, { ENOENT, "No such file or directory" },
        { EMFILE, "Too many open files" }, { ENFILE, "Too many open files in system" }, { EROFS, "Read-only file system" },
        { ENOSPC, "No space left on device" }, { ENXIO, "No such device or address" }, { EINVAL, "Invalid argument" },
        { ELOOP, "Too many levels of symbolic links" }, { ENAMETOOLONG, "File name too long" },
        { E2BIG, "Argument list too long" }, { ENOMEM, "Cannot allocate memory" }, { ETXTBSY, "Text file busy" },
        { ENOEXEC, "Exec format error" }, { EPERM, "Operation not permitted" },
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].number == number)
            return reasons[i].text;
    return "it failed";
}

static void prepare_to_say(void)
{
    const char *name = builtin_name ? builtin_name : "";
    snprintf(prefix, sizeof prefix, "%s: %d: %s%s", shell_name, line_number, name, *name ? ": " : "");
}

static void say_error(const char *what, const char *name, const char *why)
{
    say(prefix);
    say(what);
    say(name);
    say(": ");
    say(why);
    say("\n");
}

/* A pipe that holds a document; what is too large for it a child puts in. */
static int document_pipe(const char *text)
{
    int ends[2];
    size_t length = strlen(text);
    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("Pipe call failed");
    if (length > PIPE_BUF) {
        if (!fork_shell()) {
            signal(SIGPIPE, SIG_DFL);
            close(ends[0]);
            while (length) {
                ssize_t count = write(ends[1], text, length);
                if (count <= 0)
                    _exit(1);
                text += count;
                length -= (size_t)count;
            }
            _exit(0);
        }
    } else if (write(ends[1], text, length) < 0) {
        fail("Pipe call failed");
    }
    close(ends[1]);
    return ends[0];
}

static int flags_of(const struct redirection *redirection, const char *file)
{
    struct stat found;
    switch (redirection->kind) {
    case READ: return O_RDONLY;
    case READ_WRITE: return O_RDWR | O_CREAT;
    case APPEND: return O_WRONLY | O_CREAT | O_APPEND;
    case WRITE:
        if (options['C'] && (stat(file, &found) < 0 || S_ISREG(found.st_mode)))
            return O_WRONLY | O_CREAT | O_EXCL;
        /* fall through */
    default: return O_WRONLY | O_CREAT | O_TRUNC;
    }
}

static void work_out(struct opening *opening, const struct redirection *redirection)
{
    const struct part *target = redirection->target ? redirection->target->parts : NULL;
    struct expansion own = new_expansion();
    if (redirection->kind == DOCUMENT)
        expand_parts(&own, target, TYPED);
    else
        expand_word_parts(&own, target);
    char *text = joined(&own);
    *opening = (struct opening){ .descriptor = redirection->descriptor, .from = OPENED, .file = text };
    if (redirection->kind == DOCUMENT) {
        opening->from = document_pipe(text);
        opening->is_document = 1;
    } else if (redirection->kind != COPY_IN && redirection->kind != COPY_OUT) {
        opening->flags = flags_of(redirection, text);
    } else if (!strcmp(text, "-")) {
        opening->from = CLOSED;
    } else {
        if (!isdigit((unsigned char)*text) || strspn(text, "0123456789") != strlen(text) || strlen(text) > 6)
            fail("Syntax error: Bad fd number");
        opening->from = atoi(text);
    }
}

static void close_documents(void *with)
{
    const struct openings *own = with;
    for (int i = 0; i < own->count; i++)
        if (own->items[i].is_document)
            close(own->items[i].from);
}

/* Work out redirections; their documents are closed at the `end` of what this begins. */
static void begin_openings(struct openings *own, const struct redirection *redirection)
{
    int count = 0;
    for (const struct redirection *each = redirection; each; each = each->next)
        count++;
    *own = (struct openings){ .items = take(&scratch, (size_t)count * sizeof *own->items) };
    begin(&own->undo, close_documents, own);
    for (; redirection; redirection = redirection->next) {
        work_out(&own->items[own->count], redirection);
        own->count++;
    }
}

static int do_opening(const struct opening *opening)
{
    int from = opening->from;
    if (from == CLOSED) {
        close(opening->descriptor);
        return 0;
    }
    if (from == opening->descriptor)
        return fcntl(from, F_GETFD) < 0 ? -1 : 0;
    if (from != OPENED)
        return dup2(from, opening->descriptor);
    from = open(opening->file, opening->flags, 0666);
    if (from < 0 || from == opening->descriptor)
        return from;
    int done = dup2(from, opening->descriptor);
    close(from);
    return done;
}

/* Do a redirection with system calls alone; 0, or -1 after a message. */
static int do_or_say(const struct opening *opening)
{
    if (do_opening(opening) >= 0)
        return 0;
    int is_made = opening->flags & O_CREAT;
    const char *why = errno == ENOENT ? is_made ? "Directory nonexistent" : "No such file" : reason(errno);
    say_error(opening->from == OPENED ? is_made ? "cannot create " : "cannot open " : "", opening->file, why);
    return -1;
}

static void restore(void *with)
{
    struct restoring *own = with;
    if (own->count)
        fflush(stdout);
    while (own->count) {
        const struct kept *kept = &own->items[--own->count];
        if (kept->copy == CLOSED) {
            close(kept->descriptor);
        } else {
            dup2(kept->copy, kept->descriptor);
            close(kept->copy);
        }
    }
}

/* Do redirections in the shell itself, until the `end` of what this begins; 0, or -1 after a message. */
static int begin_redirections(struct restoring *own, const struct openings *openings)
{
    *own = (struct restoring){ .items = take(&scratch, (size_t)openings->count * sizeof *own->items) };
    begin(&own->undo, restore, own);
    if (!openings->count)
        return 0;
    prepare_to_say();
    fflush(stdout);
    for (int i = 0; i < openings->count; i++) {
        int descriptor = openings->items[i].descriptor;
        own->items[own->count++] = (struct kept){ descriptor, fcntl(descriptor, F_DUPFD_CLOEXEC, OWN_DESCRIPTOR) };
        if (do_or_say(&openings->items[i]) < 0)
            return -1;
    }
    return 0;
}

/* Make redirections of the shell last: there is nothing to restore. */
static void keep_redirections(struct restoring *own)
{
    while (own->count)
        if (own->items[--own->count].copy != CLOSED)
            close(own->items[own->count].copy);
}
