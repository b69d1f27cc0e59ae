/* Commands of the shell's own: all others, and the list of them. */
#include <sys/resource.h>
#include <sys/times.h>

static int do_nothing(int count, char **words)
{
    (void)count, (void)words;
    return 0;
}

static int do_false(int count, char **words)
{
    (void)count, (void)words;
    return 1;
}

static int do_echo(int count, char **words)
{
    int is_line = count < 2 || strcmp(words[1], "-n");
    struct printing own = { 0 };
    words += is_line ? 1 : 2;
    for (; *words && !own.is_over; words++) {
        print_text(&own, *words);
        if (words[1] && !own.is_over)
            putchar(' ');
    }
    if (is_line && !own.is_over)
        putchar('\n');
    return 0;
}

static void complain_about_number(const char *word)
{
    complain(isdigit((unsigned char)*word) ? "%s: not completely converted" : "%s: expected numeric value", word);
}

static int do_printf(int count, char **words)
{
    char **word = words + 1;
    (void)count;
    if (*word && !strcmp(*word, "--"))
        word++;
    if (!*word)
        fail("usage: printf format [arg ...]");
    struct printing own = { .words = word + 1, .complain = complain_about_number };
    int status = print_format(&own, *word);
    if (status < 0)
        fail("%s: invalid directive", *word);
    return status;
}

static int do_test(int count, char **words)
{
    struct testing own = { .words = words + 1, .count = count - 1 };
    if (!strcmp(words[0], "[")) {
        if (strcmp(words[count - 1], "]"))
            fail("missing ]");
        words[--own.count + 1] = NULL;
    }
    int status = run_test(&own);
    if (own.problem && own.where)
        fail("%s: %s", own.problem[0] == 'I' ? own.problem : own.where, own.problem[0] == 'I' ? own.where : own.problem);
    if (own.problem)
        fail("%s", own.problem);
    return status;
}

/* Go to a folder, which becomes $PWD as the kernel has it. */
static void go_to(const char *folder, const char *shown)
{
    char path[4096];
    if (chdir(folder) < 0)
        fail("can't cd to %s", shown);
    if (get("PWD"))
        set("OLDPWD", get("PWD"));
    if (getcwd(path, sizeof path))
        set("PWD", path);
}

static int do_cd(int count, char **words)
{
    char path[8192];
    char **word = words + 1;
    (void)count;
    while (*word && (!strcmp(*word, "-L") || !strcmp(*word, "-P") || !strcmp(*word, "--")))
        word++;
    const char *folder = *word ? *word : get("HOME"), *search = get("CDPATH");
    int is_back = folder && !strcmp(folder, "-");
    if (is_back)
        folder = get("OLDPWD");
    if (!folder)
        fail(is_back ? "OLDPWD not set" : "HOME not set");
    for (; search && *search && *folder != '/' && *folder != '.'; search += *search == ':') {
        int size = (int)strcspn(search, ":");
        struct stat found;
        snprintf(path, sizeof path, "%.*s/%s", size, search, folder);
        if (size && !stat(path, &found) && S_ISDIR(found.st_mode)) {
            go_to(path, folder);
            puts(get("PWD"));
            return 0;
        }
        search += size;
    }
    go_to(folder, folder);
    if (is_back)
        puts(get("PWD"));
    return 0;
}

static int do_pwd(int count, char **words)
{
    char path[4096];
    (void)count, (void)words;
    if (!getcwd(path, sizeof path))
        fail("getcwd() failed: %s", strerror(errno));
    puts(path);
    return 0;
}

static int do_exit(int count, char **words)
{
    int status = count > 1 ? (int)to_number(words[1]) : last_status;
    static int is_warned;
    for (int i = 0; is_job_control && !is_warned && i < job_count; i++)
        if (jobs[i].processes && state_of(&jobs[i]) == STOPPED) {
            fputs("You have stopped jobs.\n", stderr);
            is_warned = 1;
            return 0;
        }
    exit_with(status);
}

static int do_return(int count, char **words)
{
    int status = count > 1 ? (int)to_number(words[1]) : last_status;
    skipping = RETURNING;
    return status & 255;
}

static int leave_loops(int count, char **words, enum skipping how)
{
    int64_t number = count > 1 ? to_number(words[1]) : 1;
    if (number < 1)
        fail("Illegal number: %s", words[1]);
    if (loops) {
        skipped_loops = number < loops ? (int)number : loops;
        skipping = how;
    }
    return 0;
}

static int do_break(int count, char **words)
{
    return leave_loops(count, words, BREAKING);
}

static int do_continue(int count, char **words)
{
    return leave_loops(count, words, CONTINUING);
}

static int do_exec(int count, char **words)
{
    struct openings none = { 0 };
    char **word = words + 1;
    if (count > 1 && !strcmp(*word, "--"))
        word++;
    if (*word)
        become_now(&(struct call){ word, get("PATH") ? get("PATH") : "", &none });
    return last_status;
}

static int do_eval(int count, char **words)
{
    struct text script = new_text(&scratch);
    (void)count;
    for (char **word = words + 1; *word; word++) {
        add_string(&script, *word);
        add_string(&script, word[1] ? " " : "");
    }
    run_string(script.bytes, 0);
    return last_status;
}

/* Open a script as a descriptor that its commands do not have. */
static int open_script(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int own = file < 0 ? -1 : fcntl(file, F_DUPFD_CLOEXEC, OWN_DESCRIPTOR);
    if (file >= 0)
        close(file);
    return own;
}

static int do_dot(int count, char **words)
{
    char buffer[PATH_MAX];
    struct input own = { 0 };
    struct undo undo;
    if (count < 2)
        return 0;
    const char *path = find_script(words[1], get("PATH") ? get("PATH") : "", buffer);
    own.file = open_script(path);
    if (own.file < 0)
        fail(errno == ENOENT && !strchr(path, '/') ? "%s: not found" : "cannot open %s: %s", words[1],
             errno == ENOENT ? "No such file" : reason(errno));
    builtin_name = words[1];
    read_from(&own, &undo);
    run_commands(0);
    end(&undo);
    if (skipping == RETURNING)
        skipping = NOTHING_SKIPPED;
    return last_status;
}

static void print_symbolic_mask(mode_t mask)
{
    static const char who[] = "ugo", what[] = "rwx";
    for (int i = 0; i < 3; i++) {
        printf("%s%c=", i ? "," : "", who[i]);
        for (int j = 0; j < 3; j++)
            if (!(mask & (0400u >> (3 * i + j))))
                putchar(what[j]);
    }
    putchar('\n');
}

/* The mask after u=rwx,g-w,a+x and the like; what it leaves out is what the mask has. */
static mode_t symbolic_mask(const char *text, mode_t mask)
{
    const char *at = text;
    mode_t allowed = ~mask & 0777;
    while (*at) {
        mode_t who = 0, what = 0;
        for (; *at && strchr("ugoa", *at); at++)
            who |= *at == 'u' ? 0700 : *at == 'g' ? 0070 : *at == 'o' ? 0007 : 0777;
        who = who ? who : 0777;
        char operator = *at;
        if (!operator || !strchr("+-=", operator))
            fail("Illegal mode: %s", text);
        for (at++; *at && strchr("rwx", *at); at++)
            what |= *at == 'r' ? 0444 : *at == 'w' ? 0222 : 0111;
        if (*at && *at++ != ',')
            fail("Illegal mode: %s", text);
        what &= who;
        allowed = operator == '+' ? allowed | what : operator == '-' ? allowed & ~what : (allowed & ~who) | what;
    }
    return ~allowed & 0777;
}

static int do_umask(int count, char **words)
{
    mode_t mask = umask(0);
    char *behind;
    umask(mask);
    const char *text = count > 1 ? words[1] : NULL;
    if (!text)
        printf("%04o\n", mask);
    else if (!strcmp(text, "-S"))
        print_symbolic_mask(mask);
    else if (isdigit((unsigned char)*text)) {
        mode_t wanted = (mode_t)strtoul(text, &behind, 8);
        if (*behind)
            fail("Illegal number: %s", text);
        umask(wanted & 0777);
    } else
        umask(symbolic_mask(text, mask));
    return 0;
}

/* Say what a name is when it is a command; in words, or as one would call it. */
static int describe_command(const char *name, int in_words)
{
    char buffer[PATH_MAX];
    const struct builtin *builtin = find_builtin(name);
    if (is_reserved(name)) {
        printf(in_words ? "%s is a shell keyword\n" : "%s\n", name);
    } else if (find_function(name)) {
        printf(in_words ? "%s is a shell function\n" : "%s\n", name);
    } else if (builtin) {
        const char *kind = builtin->flags & SPECIAL ? " special" : "";
        printf(in_words ? "%s is a%s shell builtin\n" : "%s%.0s\n", name, kind);
    } else {
        const char *path = find_script(name, get("PATH") ? get("PATH") : "", buffer);
        if (!strchr(path, '/') || access(path, X_OK) < 0) {
            if (in_words)
                printf("%s: not found\n", name);
            return 127;
        }
        printf(in_words ? "%s is %s\n" : "%.0s%s\n", name, path);
    }
    return 0;
}

static int do_type(int count, char **words)
{
    int status = 0;
    (void)count;
    for (char **word = words + 1; *word; word++)
        status |= describe_command(*word, 1);
    return status;
}

/* What is left of command: -v and -V; NAME ... is called where commands are. */
static int do_command(int count, char **words)
{
    int status = 0;
    if (count < 2)
        return 0;
    if (strcmp(words[1], "-v") && strcmp(words[1], "-V"))
        fail("Illegal option %s", words[1]);
    for (char **word = words + 2; *word; word++)
        status = describe_command(*word, words[1][1] == 'V');
    return status;
}

static const struct { char letter; int resource; rlim_t unit; const char *name; } limits[] = {
    { 't', RLIMIT_CPU, 1, "time(seconds)" }, { 'f', RLIMIT_FSIZE, 512, "file(blocks)" },
    { 'd', RLIMIT_DATA, 1024, "data(kbytes)" }, { 's', RLIMIT_STACK, 1024, "stack(kbytes)" },
    { 'c', RLIMIT_CORE, 512, "coredump(blocks)" }, { 'm', RLIMIT_RSS, 1024, "memory(kbytes)" },
    { 'l', RLIMIT_MEMLOCK, 1024, "locked memory(kbytes)" }, { 'p', RLIMIT_NPROC, 1, "process" },
    { 'n', RLIMIT_NOFILE, 1, "nofiles" }, { 'v', RLIMIT_AS, 1024, "vmemory(kbytes)" },
    { 'w', RLIMIT_LOCKS, 1, "locks" }, { 'r', RLIMIT_RTPRIO, 1, "rtprio" },
};

enum { LIMITS = sizeof limits / sizeof *limits };

static void print_limit(int i, int is_hard)
{
    struct rlimit limit;
    getrlimit(limits[i].resource, &limit);
    rlim_t value = is_hard ? limit.rlim_max : limit.rlim_cur;
    if (value == RLIM_INFINITY)
        puts("unlimited");
    else
        printf("%llu\n", (unsigned long long)(value / limits[i].unit));
}

static void set_limit(int i, const char *text, int is_soft, int is_hard)
{
    struct rlimit limit;
    getrlimit(limits[i].resource, &limit);
    int is_number = strspn(text, "0123456789") == strlen(text);
    if (!is_number && strcmp(text, "unlimited"))
        fail("bad number");
    rlim_t value = is_number ? (rlim_t)to_number(text) * limits[i].unit : RLIM_INFINITY;
    limit.rlim_cur = is_soft ? value : limit.rlim_cur;
    limit.rlim_max = is_hard ? value : limit.rlim_max;
    if (setrlimit(limits[i].resource, &limit) < 0)
        fail("error setting limit (%s)", strerror(errno));
}

static int do_ulimit(int count, char **words)
{
    int place = 1, is_soft = 0, is_hard = 0, wanted = 1; /* -f */
    (void)count;
    for (; words[place] && words[place][0] == '-'; place++)
        for (const char *letter = words[place] + 1; *letter; letter++) {
            int i = 0;
            while (i < LIMITS && limits[i].letter != *letter)
                i++;
            is_soft |= *letter == 'S';
            is_hard |= *letter == 'H';
            if (*letter == 'a')
                wanted = LIMITS;
            else if (i < LIMITS)
                wanted = i;
            else if (*letter != 'S' && *letter != 'H')
                fail("Illegal option -%c", *letter);
        }
    for (int i = 0; wanted == LIMITS && i < LIMITS; i++) {
        printf("%-20s ", limits[i].name);
        print_limit(i, is_hard);
    }
    if (wanted == LIMITS)
        return 0;
    if (words[place])
        set_limit(wanted, words[place], is_soft || !is_hard, is_hard || !is_soft);
    else
        print_limit(wanted, is_hard && !is_soft);
    return 0;
}

static void print_time(clock_t ticks, const char *behind)
{
    long hertz = sysconf(_SC_CLK_TCK), seconds = (long)ticks / hertz;
    printf("%ldm%ld.%06lds%s", seconds / 60, seconds % 60, (long)ticks % hertz * (1000000 / hertz), behind);
}

static int do_times(int count, char **words)
{
    struct tms used;
    (void)count, (void)words;
    times(&used);
    print_time(used.tms_utime, " ");
    print_time(used.tms_stime, "\n");
    print_time(used.tms_cutime, " ");
    print_time(used.tms_cstime, "\n");
    return 0;
}

static int do_launch(int count, char **words)
{
    if (count == 1)
        puts(launcher_names[launcher]);
    for (int i = FORK; count > 1 && i <= SPAWN; i++)
        if (!strcmp(words[1], launcher_names[i])) {
            launcher = (enum launcher)i;
            return 0;
        }
    if (count > 1)
        fail("it takes fork, vfork or spawn");
    return 0;
}

static int do_help(int count, char **words);

static const struct builtin builtins[] = { /* in the order of their names */
    { ".", do_dot, SPECIAL }, { ":", do_nothing, SPECIAL }, { "[", do_test, 0 }, { "bg", do_bg, 0 },
    { "break", do_break, SPECIAL }, { "cd", do_cd, 0 }, { "command", do_command, 0 },
    { "continue", do_continue, SPECIAL }, { "echo", do_echo, 0 }, { "eval", do_eval, SPECIAL },
    { "exec", do_exec, SPECIAL }, { "exit", do_exit, SPECIAL }, { "export", do_export, SPECIAL | DECLARES },
    { "false", do_false, 0 }, { "fg", do_fg, 0 }, { "getopts", do_getopts, 0 }, { "hash", do_nothing, 0 },
    { "help", do_help, 0 }, { "jobs", do_jobs, 0 }, { "kill", do_kill, 0 }, { "launch", do_launch, 0 },
    { "local", do_local, SPECIAL | DECLARES }, { "printf", do_printf, 0 }, { "pwd", do_pwd, 0 },
    { "read", do_read, 0 }, { "readonly", do_readonly, SPECIAL | DECLARES }, { "return", do_return, SPECIAL },
    { "set", do_set, SPECIAL }, { "shift", do_shift, SPECIAL }, { "test", do_test, 0 }, { "times", do_times, SPECIAL },
    { "trap", do_trap, SPECIAL }, { "true", do_nothing, 0 }, { "type", do_type, 0 }, { "ulimit", do_ulimit, 0 },
    { "umask", do_umask, 0 },
    { "unset", do_unset, SPECIAL }, { "wait", do_wait, 0 },
};

static int by_name(const void *name, const void *builtin)
{
    return strcmp(name, ((const struct builtin *)builtin)->name);
}

static const struct builtin *find_builtin(const char *name)
{
    return bsearch(name, builtins, sizeof builtins / sizeof *builtins, sizeof *builtins, by_name);
}

static int do_help(int count, char **words)
{
    int column = 0;
    (void)count, (void)words;
    puts("built in:");
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        int is_end = column + (int)strlen(builtins[i].name) > 70;
        printf("%s%s", is_end ? "\n" : column ? " " : "", builtins[i].name);
        column = (is_end ? 0 : column + 1) + (int)strlen(builtins[i].name);
    }
    puts("\nlaunch [fork|vfork|spawn] says how programs are started.");
    return 0;
}
