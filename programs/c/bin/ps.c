/* ps [-T]: lists the processes that /proc shows, with parent, state and the name of the program; -T: their threads.
 *
 * Expected output:
 *         PID  PPID S COMMAND
 *           1     0 S reaper
 *           2     1 R ps.c
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "options.h"

/* What /proc/PID/stat, or that of a thread, says. */
struct task {
    char name[64], state;
    int parent, terminal;
    unsigned long ticks; /* of the processor */
};

static int is_number(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
}

static int by_number(const struct dirent **one, const struct dirent **other)
{
    return atoi((*one)->d_name) - atoi((*other)->d_name);
}

/* Read a file that begins as: pid (name) state parent ...; 0 if there is none, because the task has ended meanwhile. */
static int read_task(struct task *task, const char *path)
{
    char text[512] = "", *name, *behind;
    unsigned long user, system;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    int is_read = fgets(text, sizeof text, file) && (name = strchr(text, '(')) && (behind = strrchr(text, ')'))
        && sscanf(behind + 1, " %c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %lu %lu", &task->state, &task->parent,
                  &task->terminal, &user, &system) == 5;
    fclose(file);
    if (!is_read)
        return 0;
    *behind = 0;
    snprintf(task->name, sizeof task->name, "%s", name + 1);
    task->ticks = user + system;
    return 1;
}

static void show_process(const char *pid)
{
    char path[300];
    struct task task;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    if (read_task(&task, path))
        printf("%9s %5d %c %s\n", pid, task.parent, task.state, task.name);
}

static void show_threads(const char *pid)
{
    char path[600], terminal[16] = "?";
    struct dirent **entries;
    struct task task;
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    int count = scandir(path, &entries, is_number, by_number);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "/proc/%s/task/%s/stat", pid, entries[i]->d_name);
        if (read_task(&task, path)) {
            unsigned long seconds = task.ticks / (unsigned long)sysconf(_SC_CLK_TCK);
            if (task.terminal)
                snprintf(terminal, sizeof terminal, "pts/%u", minor((unsigned)task.terminal));
            printf("%5s %5s %-8s %02lu:%02lu:%02lu %s\n", pid, entries[i]->d_name, terminal, seconds / 3600,
                   seconds / 60 % 60, seconds % 60, task.name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int with_threads = 0;
    while (next_option(argc, argv, "T", "[-T]") != -1)
        with_threads = 1;
    check_operands(argc, argv, 0, 0);
    int count = scandir("/proc", &entries, is_number, by_number);
    if (count < 0)
        err(1, "/proc");
    if (with_threads)
        printf("%5s %5s %-8s %8s %s\n", "PID", "SPID", "TTY", "TIME", "CMD");
    else
        printf("%9s %5s %s %s\n", "PID", "PPID", "S", "COMMAND");
    for (int i = 0; i < count; i++) {
        if (with_threads)
            show_threads(entries[i]->d_name);
        else
            show_process(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return finish(0, 1);
}
