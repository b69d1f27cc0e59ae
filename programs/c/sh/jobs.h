/* Jobs: the pipelines that run, are stopped or have ended since somebody asked. At a terminal each is a process group,
 * and one of them, or the shell, is in the foreground.
 */
#include <sys/wait.h>

enum state { RUNNING, STOPPED, ENDED };

struct process {
    pid_t pid;
    enum state state;
    int status; /* as wait(2) has it */
};

struct job {
    struct process *processes; /* NULL: the slot is free */
    int count, room;
    pid_t group;               /* 0 where there is no job control */
    char *source;
    int is_told;               /* its state has been shown */
    long order;                /* the greatest is the current job */
};

enum { MOST_JOBS = 1000 };

static struct job *jobs;
static int job_count;
static long last_order;
static pid_t shell_group;

static enum state state_of(const struct job *job)
{
    enum state state = job->count ? ENDED : RUNNING; /* one without a process is about to start */
    for (int i = 0; i < job->count; i++)
        if (job->processes[i].state == RUNNING)
            return RUNNING;
        else if (job->processes[i].state == STOPPED)
            state = STOPPED;
    return state;
}

static int exit_status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + (WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
}

/* $? of a job: that of its last process; what stopped it, where it is stopped. */
static int status_of(const struct job *job)
{
    const struct process *last = &job->processes[job->count - 1];
    if (state_of(job) == STOPPED)
        for (int i = 0; i < job->count; i++)
            if (job->processes[i].state == STOPPED)
                last = &job->processes[i];
    return exit_status_of(last->status);
}

static void free_job(struct job *job)
{
    free(job->processes);
    free(job->source);
    *job = (struct job){ 0 };
}

/* The number of a new job, counted from 0. */
static int new_job(const char *source)
{
    int number = 0;
    while (number < job_count && jobs[number].processes)
        number++;
    if (number == MOST_JOBS) /* nobody asks for so many: those that have ended are forgotten */
        for (int i = number = 0; i < job_count; i++)
            if (state_of(&jobs[i]) == ENDED)
                free_job(&jobs[number = i]);
    if (number == job_count) {
        jobs = checked(realloc(jobs, (size_t)(job_count + 1) * sizeof *jobs));
        job_count++;
    } else if (jobs[number].processes) {
        fail("Too many jobs");
    }
    jobs[number] = (struct job){ .source = source ? strdup(source) : NULL, .is_told = 1, .order = ++last_order };
    jobs[number].processes = checked(calloc(1, sizeof *jobs->processes));
    jobs[number].room = 1;
    return number;
}

static void add_process(int number, pid_t pid)
{
    struct job *job = &jobs[number];
    if (job->count == job->room) {
        job->processes = checked(realloc(job->processes, 2 * (size_t)job->room * sizeof *job->processes));
        job->room *= 2;
    }
    job->processes[job->count++] = (struct process){ .pid = pid };
}

/* Note what became of a process. */
static void note_status(pid_t pid, int status)
{
    for (int i = 0; i < job_count; i++)
        for (int j = 0; j < jobs[i].count; j++) {
            struct process *process = &jobs[i].processes[j];
            enum state state = WIFSTOPPED(status) ? STOPPED : WIFCONTINUED(status) ? RUNNING : ENDED;
            if (process->pid != pid || process->state == ENDED)
                continue;
            if (process->state != state)
                jobs[i].is_told = 0;
            if (state == STOPPED)
                jobs[i].order = ++last_order;
            process->state = state;
            process->status = status;
            return;
        }
}

/* Wait until something becomes of a child, or only look when it does not take time; 0 if there was nothing. */
static int wait_for_any(int options)
{
    int status;
    pid_t pid = waitpid(-1, &status, options | (is_job_control ? WUNTRACED : 0));
    if (pid > 0)
        note_status(pid, status);
    return pid > 0;
}

static void collect(void)
{
    while (wait_for_any(WNOHANG))
        ;
}

/* What a job is doing, in words. */
static void describe(const struct job *job, char *text, size_t size)
{
    int status = job->processes[job->count - 1].status, number = status_of(job) - 128;
    if (state_of(job) == RUNNING)
        snprintf(text, size, "Running");
    else if (state_of(job) == STOPPED)
        snprintf(text, size, "%s", strsignal(number));
    else if (WIFSIGNALED(status))
        snprintf(text, size, "%s%s", strsignal(WTERMSIG(status)), WCOREDUMP(status) ? " (core dumped)" : "");
    else
        snprintf(text, size, WEXITSTATUS(status) ? "Done(%d)" : "Done", WEXITSTATUS(status));
}

/* The current job, or the one before it: that which was stopped or started last. */
static struct job *current_job(int is_previous)
{
    struct job *found = NULL, *before = NULL;
    for (struct job *job = jobs; job < jobs + job_count; job++) {
        if (!job->processes)
            continue;
        int is_ahead = !found || (state_of(job) == STOPPED) > (state_of(found) == STOPPED)
                    || ((state_of(job) == STOPPED) == (state_of(found) == STOPPED) && job->order > found->order);
        if (is_ahead) {
            before = found;
            found = job;
        } else if (!before || (state_of(job) == STOPPED) > (state_of(before) == STOPPED)
                   || ((state_of(job) == STOPPED) == (state_of(before) == STOPPED) && job->order > before->order)) {
            before = job;
        }
    }
    return is_previous ? before : found;
}

static void show_job(struct job *job, FILE *file, int with_pid)
{
    char state[64], pid[16] = "";
    describe(job, state, sizeof state);
    if (with_pid)
        snprintf(pid, sizeof pid, "%d ", (int)job->processes[0].pid);
    fprintf(file, "[%d] %c %s%-*s%s\n", (int)(job - jobs) + 1, job == current_job(0) ? '+' : job == current_job(1) ? '-' : ' ',
            pid, 27 - (int)strlen(pid), state, job->source ? job->source : "");
    job->is_told = 1;
}

/* Show jobs and forget those that have ended; only those whose state has changed, before a prompt. */
static void show_jobs(FILE *file, int only_changed, int with_pid)
{
    collect();
    for (int i = 0; i < job_count; i++)
        if (jobs[i].processes && (!only_changed || !jobs[i].is_told))
            show_job(&jobs[i], file, with_pid);
    for (int i = 0; i < job_count; i++)
        if (jobs[i].processes && jobs[i].is_told && state_of(&jobs[i]) == ENDED)
            free_job(&jobs[i]);
}

/* Say what ended a process in the foreground, unless it is what somebody at the terminal or a pipe did. */
static void tell_signal(const struct process *process)
{
    int signal = WIFSIGNALED(process->status) ? WTERMSIG(process->status) : 0;
    if (process->state != ENDED)
        return;
    if (signal == SIGINT && is_interactive && !is_in_child)
        fputc('\n', stderr);
    else if (signal && signal != SIGINT && signal != SIGPIPE)
        fprintf(stderr, "%s%s\n", strsignal(signal), WCOREDUMP(process->status) ? " (core dumped)" : "");
}

static void give_terminal(pid_t group)
{
    if (is_job_control)
        tcsetpgrp(STDIN_FILENO, group);
}

/* Wait for a job in the foreground, which then is forgotten unless it was stopped; its status. */
static int wait_for_job(int number)
{
    while (state_of(&jobs[number]) == RUNNING)
        if (!wait_for_any(0) && errno != EINTR)
            break;
    give_terminal(shell_group);
    struct job *job = &jobs[number];
    int status = status_of(job);
    for (int i = 0; i < job->count; i++)
        tell_signal(&job->processes[i]);
    if (state_of(job) == STOPPED)
        return status;
    free_job(job);
    if (status == 128 + SIGINT && is_job_control) /* it was meant for what the shell is doing */
        note(SIGINT);
    return status;
}

/* In a child that goes on as a shell: the jobs are those of its parent. */
static void forget_jobs(void)
{
    for (int i = 0; i < job_count; i++)
        free_job(&jobs[i]);
}
