/* New processes: a copy of the shell that goes on by itself, or a program, launched by fork, vfork or posix_spawn.
 *
 * Between vfork and exec the child has the shell's memory: it only makes system calls, and changes no variable.
 */
#include <spawn.h>

enum launcher { FORK, VFORK, SPAWN };

static const char *const launcher_names[] = { "fork", "vfork", "spawn" };
static enum launcher launcher = FORK;

/* Where a process is put: its input and output, and the job that it is part of. */
struct place {
    int in, out, other;           /* other: the end of `out` that the next process reads, which is not for this one */
    int is_background, has_group; /* has_group: the job is a process group of its own */
    pid_t group;                  /* of the job, 0 for its first process */
};

/* A program to be started. */
struct call {
    char **words;
    const char *path; /* $PATH */
    const struct openings *openings;
};

static int is_ignored(int signal)
{
    return was_ignored[signal] || (traps[signal] && !*traps[signal]);
}

/* In the child: its process group, and what it does with signals and with its input in the background. */
static void settle_in(const struct place *place)
{
    if (place->has_group) {
        setpgid(0, place->group);
        if (!place->is_background) /* SIGTTOU is still ignored */
            tcsetpgrp(STDIN_FILENO, getpgrp());
    }
    for (size_t i = 0; i < sizeof own_signals / sizeof *own_signals; i++)
        if (is_settled[own_signals[i]] && !is_ignored(own_signals[i]))
            signal(own_signals[i], SIG_DFL);
    if (place->is_background && !place->has_group) {
        signal(SIGINT, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
        if (place->in == STDIN_FILENO && !place->group) {
            close(STDIN_FILENO);
            open("/dev/null", O_RDONLY);
        }
    }
    if (place->in != STDIN_FILENO)
        dup2(place->in, STDIN_FILENO);
    if (place->out != STDOUT_FILENO)
        dup2(place->out, STDOUT_FILENO);
}

/* Find where a program lies that has no header, for the shell to read; only system calls are made. */
static const char *find_script(const char *name, const char *path, char *buffer)
{
    size_t length = strlen(name);
    if (strchr(name, '/'))
        return name;
    for (; *path; path += *path == ':') {
        size_t size = strcspn(path, ":");
        if (size + length + 2 < PATH_MAX) {
            memcpy(buffer, path, size);
            buffer[size] = '/';
            memcpy(buffer + size + 1, name, length + 1);
            if (!access(buffer, X_OK))
                return buffer;
        }
        path += size;
    }
    return name;
}

/* Become a program, or end with a message and the status of what cannot be run. */
static void become(const struct call *call) __attribute__((noreturn));

static void become(const struct call *call)
{
    char path[PATH_MAX];
    for (int i = 0; i < call->openings->count; i++)
        if (do_or_say(&call->openings->items[i]) < 0)
            _exit(2);
    execvp(call->words[0], call->words);
    if (errno == ENOEXEC) { /* the words are nobody's any more: there is room for one before them */
        call->words[0] = (char *)find_script(call->words[0], call->path, path);
        call->words[-1] = "sh";
        execv("/bin/sh", call->words - 1);
    }
    int is_missing = errno == ENOENT || errno == ENOTDIR;
    say_error("", call->words[0], is_missing ? "not found" : reason(errno));
    _exit(is_missing ? 127 : 126);
}

/* Exec without a process of its own. */
static void become_now(const struct call *call) __attribute__((noreturn));

static void become_now(const struct call *call)
{
    fflush(stdout);
    prepare_to_say();
    environ = environment();
    become(call);
}

/* What posix_spawn is told to do in the child, in this order. */
static void add_actions(posix_spawn_file_actions_t *actions, const struct call *call, const struct place *place)
{
    if (place->is_background && !place->has_group && !place->group && place->in == STDIN_FILENO)
        posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (place->in != STDIN_FILENO)
        posix_spawn_file_actions_adddup2(actions, place->in, STDIN_FILENO);
    if (place->out != STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(actions, place->out, STDOUT_FILENO);
    for (int i = 0; i < call->openings->count; i++) {
        const struct opening *opening = &call->openings->items[i];
        if (opening->from == OPENED)
            posix_spawn_file_actions_addopen(actions, opening->descriptor, opening->file, opening->flags, 0666);
        else if (opening->from == CLOSED)
            posix_spawn_file_actions_addclose(actions, opening->descriptor);
        else
            posix_spawn_file_actions_adddup2(actions, opening->from, opening->descriptor);
    }
}

static void add_attributes(posix_spawnattr_t *attributes, const struct place *place)
{
    sigset_t usual;
    sigemptyset(&usual);
    for (size_t i = 0; i < sizeof own_signals / sizeof *own_signals; i++)
        if (is_settled[own_signals[i]] && !is_ignored(own_signals[i]))
            sigaddset(&usual, own_signals[i]);
    if (place->is_background && !place->has_group) { /* what is ignored stays ignored in the child */
        sigdelset(&usual, SIGINT);
        sigdelset(&usual, SIGQUIT);
    }
    posix_spawnattr_setsigdefault(attributes, &usual);
    posix_spawnattr_setpgroup(attributes, place->group);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | (place->has_group ? POSIX_SPAWN_SETPGROUP : 0));
}

/* Launch by posix_spawn, which cannot give the terminal to the child: that is done here, perhaps when the child has
 * already been stopped because it had used it.
 */
static pid_t spawn(const struct call *call, const struct place *place)
{
    pid_t child;
    int is_quiet = place->is_background && !place->has_group;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    add_actions(&actions, call, place);
    add_attributes(&attributes, place);
    if (is_quiet)
        handle(SIGINT, SIG_IGN), handle(SIGQUIT, SIG_IGN);
    int failure = posix_spawnp(&child, call->words[0], &actions, &attributes, call->words, environ);
    if (is_quiet)
        settle(SIGINT), settle(SIGQUIT);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (!failure && place->has_group && !place->is_background) {
        tcsetpgrp(STDIN_FILENO, place->group ? place->group : child);
        kill(place->group ? -place->group : -child, SIGCONT);
    }
    errno = failure;
    return failure ? -1 : child;
}

/* Start a program in the way that was chosen. What cannot be spawned, fork says. */
static pid_t launch(const struct call *call, const struct place *place)
{
    static char *nothing[] = { NULL };
    pid_t child = -1;
    fflush(stdout);
    prepare_to_say();
    environ = environment();
    if (launcher == SPAWN)
        child = spawn(call, place);
    if (child < 0)
        child = launcher == VFORK ? vfork() : fork();
    if (!child) {
        settle_in(place);
        become(call);
    }
    environ = nothing;
    return child;
}

static void close_if(int descriptor, int is_to_be_closed)
{
    if (is_to_be_closed)
        close(descriptor);
}

/* In a child that goes on as a shell of its own. */
static void be_copy(const struct place *place)
{
    settle_in(place);
    close_if(place->in, place->in != STDIN_FILENO);
    close_if(place->out, place->out != STDOUT_FILENO);
    close_if(place->other, place->other > STDERR_FILENO);
    if (place->is_background && !place->has_group)
        was_ignored[SIGINT] = was_ignored[SIGQUIT] = is_settled[SIGINT] = is_settled[SIGQUIT] = 1;
    forget_traps();
    forget_jobs();
}

/* A copy of the shell that is no part of a job: 0 in it. */
static pid_t fork_shell(void)
{
    static const struct place here = { .in = STDIN_FILENO, .out = STDOUT_FILENO };
    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        fail("Cannot fork");
    if (!child)
        be_copy(&here);
    return child;
}

/* Make a process that was started, or could not be, part of its job, and of its group. */
static void join(int number, struct place *place, pid_t child)
{
    if (child < 0) {
        free_job(&jobs[number]);
        fail("Cannot fork");
    }
    if (!place->group)
        place->group = child;
    if (place->has_group) {
        setpgid(child, place->group); /* it does so itself as well: nobody knows who is first */
        jobs[number].group = place->group;
    }
    add_process(number, child);
}
