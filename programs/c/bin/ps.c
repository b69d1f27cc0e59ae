/* ps: lists the processes that /proc shows, with parent, state and the name of the program.
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
#include <stdlib.h>
#include <string.h>

#include "finish.h"

static int is_process(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
}

static int by_number(const struct dirent **one, const struct dirent **other)
{
    return atoi((*one)->d_name) - atoi((*other)->d_name);
}

int main(void)
{
    struct dirent **entries;
    int count = scandir("/proc", &entries, is_process, by_number);
    if (count < 0)
        err(1, "/proc");
    printf("%9s %5s %s %s\n", "PID", "PPID", "S", "COMMAND");
    for (int i = 0; i < count; i++) {
        char path[300], text[512] = "", *name, *behind, state;
        int parent;
        snprintf(path, sizeof path, "/proc/%s/stat", entries[i]->d_name);
        FILE *file = fopen(path, "r"); /* pid (name) state parent ... */
        if (!file)
            continue; /* it has ended meanwhile */
        if (fgets(text, sizeof text, file) && (name = strchr(text, '(')) && (behind = strrchr(text, ')'))) {
            *behind = 0;
            if (sscanf(behind + 1, " %c %d", &state, &parent) == 2)
                printf("%9s %5d %c %s\n", entries[i]->d_name, parent, state, name + 1);
        }
        fclose(file);
    }
    return finish(0, 1);
}
