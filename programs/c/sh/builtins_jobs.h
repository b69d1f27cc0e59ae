/* Commands of the shell's own: jobs, signals and traps. */

/* The job that a word means: %3, %+, %-, %text, %?text, or a process id; NULL: the current one. Fails if there is none. */
static struct job *find_job(const char *word)
{
    struct job *found = NULL;
    if (!word || !strcmp(word, "%") || !strcmp(word, "%%") || !strcmp(word, "%+") || !strcmp(word, "%-")) {
        found = current_job(word && !strcmp(word, "%-"));
        if (!found)
            fail(word && !strcmp(word, "%-") ? "No previous job" : "No current job");
        return found;
    }
    const char *text = word + (*word == '%');
    int number = strspn(text, "0123456789") == strlen(text) && strlen(text) < 9 ? atoi(text) : 0;
    for (struct job *job = jobs; job < jobs + job_count; job++) {
        if (!job->processes)
            continue;
        const char *source = job->source ? job->source : "";
        int is_it = *word != '%' ? number && job->processes[job->count - 1].pid == number
                  : number ? job == jobs + number - 1
                  : *text == '?' ? strstr(source, text + 1) != NULL : !strncmp(source, text, strlen(text));
        if (is_it && found)
            fail("%s: ambiguous", word);
        if (is_it)
            found = job;
    }
    if (!found)
        fail("No such job: %s", word);
    return found;
}

static int do_jobs(int count, char **words)
{
    int with_pid = 0, only_pid = 0;
    char **word = words + 1;
    (void)count;
    for (; *word && **word == '-'; word++)
        for (const char *letter = *word + 1; *letter; letter++)
            if (*letter == 'l')
                with_pid = 1;
            else if (*letter == 'p')
                only_pid = 1;
            else
                fail("Illegal option -%c", *letter);
    collect();
    if (!*word && !only_pid)
        show_jobs(stdout, 0, with_pid);
    for (; *word && !only_pid; word++)
        show_job(find_job(*word), stdout, with_pid);
    for (int i = 0; only_pid && i < job_count; i++)
        if (jobs[i].processes)
            printf("%d\n", (int)jobs[i].processes[0].pid);
    return 0;
}

/* Let a job go on that was stopped. */
static void go_on(struct job *job)
{
    if (state_of(job) == ENDED)
        fail("job has terminated");
    for (int i = 0; i < job->count; i++)
        if (job->processes[i].state == STOPPED)
            job->processes[i].state = RUNNING;
    kill(-job->group, SIGCONT);
    job->order = ++last_order;
}

static struct job *controlled_job(const char *word)
{
    struct job *job = find_job(word);
    collect();
    if (!job->group)
        fail("job %d not created under job control", (int)(job - jobs) + 1);
    return job;
}

static int do_fg(int count, char **words)
{
    (void)count;
    struct job *job = controlled_job(words[1]);
    printf("%s\n", job->source ? job->source : "");
    fflush(stdout);
    give_terminal(job->group);
    go_on(job);
    return wait_for_job((int)(job - jobs));
}

static int do_bg(int count, char **words)
{
    (void)count;
    char **word = words + 1;
    do {
        struct job *job = controlled_job(*word);
        printf("[%d] %s\n", (int)(job - jobs) + 1, job->source ? job->source : "");
        go_on(job);
    } while (*word && *++word);
    return 0;
}

/* The signal that has come and has a trap, or 0. */
static int trapped_signal(void)
{
    for (int signal = 1; something_came && signal < SIGNALS; signal++)
        if (has_come[signal] && (traps[signal] || signal == SIGINT))
            return signal;
    return 0;
}

/* Wait for a job in the background; its status, or that of a signal that came before. */
static int wait_in_background(struct job *job)
{
    int number = (int)(job - jobs), signal;
    while (state_of(&jobs[number]) == RUNNING) {
        if (!wait_for_any(0) && errno != EINTR)
            break;
        if ((signal = trapped_signal()))
            return 128 + signal;
    }
    int status = status_of(&jobs[number]);
    for (int i = 0; !is_job_control && i < jobs[number].count; i++)
        tell_signal(&jobs[number].processes[i]);
    if (state_of(&jobs[number]) == ENDED)
        free_job(&jobs[number]);
    return status;
}

static int do_wait(int count, char **words)
{
    int status = 0;
    (void)count;
    fflush(stdout);
    for (char **word = words + 1; *word; word++) {
        int is_child = **word == '%';
        pid_t pid = is_child ? 0 : (pid_t)to_number(*word);
        for (int i = 0; !is_child && i < job_count; i++)
            is_child = jobs[i].count && jobs[i].processes[jobs[i].count - 1].pid == pid;
        status = is_child ? wait_in_background(find_job(*word)) : 127;
        if (trapped_signal())
            return status;
    }
    for (int i = 0; !words[1] && i < job_count; i++)
        if (jobs[i].processes && state_of(&jobs[i]) != STOPPED) {
            status = wait_in_background(&jobs[i]);
            if (trapped_signal())
                return status;
            status = 0;
        }
    return status;
}

static int list_signals(const char *word)
{
    if (word) {
        int64_t number = to_number(word);
        number -= number > 128 ? 128 : 0;
        if (number < 0 || number >= NAMED)
            fail("invalid signal number or exit status: %s", word);
        puts(signal_names[number]);
        return 0;
    }
    for (int signal = 1; signal < NAMED; signal++)
        puts(signal_names[signal]);
    return 0;
}

/* Send a signal to what a word means: a process, or the processes of a job. */
static int send(const char *word, int signal)
{
    pid_t pid;
    if (*word == '%') {
        const struct job *job = find_job(word);
        pid = job->group ? -job->group : job->processes[0].pid;
    } else {
        pid = (pid_t)to_number(word);
    }
    if (!kill(pid, signal))
        return 0;
    complain("%s", strerror(errno));
    return 1;
}

static int do_kill(int count, char **words)
{
    int signal = SIGTERM, status = 0;
    char **word = words + 1;
    if (count > 1 && !strcmp(*word, "-l"))
        return list_signals(word[1]);
    if (count > 2 && !strcmp(*word, "-s")) {
        if ((signal = signal_of(word[1])) < 0)
            fail("invalid signal number or name: %s", word[1]);
        word += 2;
    } else if (count > 1 && **word == '-' && strcmp(*word, "--")) {
        if ((signal = signal_of(*word + 1)) < 0)
            fail("Illegal option -%c", (*word)[1]);
        word++;
    }
    if (*word && !strcmp(*word, "--"))
        word++;
    if (!*word)
        fail("Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]");
    for (; *word; word++)
        status |= send(*word, signal);
    return status;
}

static int do_trap(int count, char **words)
{
    char **word = words + 1;
    int status = 0;
    if (*word && !strcmp(*word, "--"))
        word++;
    if (count == 1)
        for (int signal = 0; signal < SIGNALS; signal++)
            if (traps[signal]) {
                fputs("trap -- ", stdout);
                print_quoted(traps[signal]);
                if (signal < NAMED)
                    printf(" %s\n", signal_names[signal]);
                else
                    printf(" %d\n", signal);
            }
    if (!*word)
        return 0;
    int is_reset = !strcmp(*word, "-") || !word[1] || (isdigit((unsigned char)**word) && signal_of(*word) >= 0);
    const char *what = is_reset ? NULL : *word;
    word += !is_reset || !strcmp(*word, "-");
    for (; *word; word++) {
        int signal = signal_of(*word);
        if (signal < 0) {
            complain("%s: bad trap", *word);
            status = 1;
        } else if (signal != SIGKILL && signal != SIGSTOP) {
            set_trap(signal, what);
        }
    }
    return status;
}
