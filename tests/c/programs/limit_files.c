/* What /proc says of limits, priorities and policies.
   User: root */
#include "sched.h"

/* The lines of a file that begin so; of all if that is nothing. */
static void lines(const char *begin) {
    char text[8192];
    int fd = open("/proc/self/limits", O_RDONLY);
    text[read(fd, text, sizeof text - 1)] = 0;
    close(fd);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, begin, strlen(begin)) == 0)
            printf("[%s]\n", line);
}

static void names(void) {
    char text[8192];
    int fd = open("/proc/self/limits", O_RDONLY);
    text[read(fd, text, sizeof text - 1)] = 0;
    close(fd);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        printf("[%.25s] %d [%s]\n", line, (int)strlen(line), line + 68);
}

/* One of the fields of /proc/self/stat, counted from 1. */
static long field(int number) {
    char text[4096], *at;
    int fd = open("/proc/self/stat", O_RDONLY);
    text[read(fd, text, sizeof text - 1)] = 0;
    close(fd);
    at = strrchr(text, ')') + 1;
    for (int i = 3; i < number; i++)
        at = strchr(at + 1, ' ');
    return strtol(at, NULL, 10);
}

static void show(void) {
    printf("priority %ld, nice %ld, real time %ld, policy %ld\n", field(18), field(19), field(40), field(41));
}

int main(void) {
    names();
    setrlimit(RLIMIT_CPU, &(struct rlimit){7, 70});
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){123456, RLIM_INFINITY});
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 128});
    setrlimit(RLIMIT_NICE, &(struct rlimit){0, 0});
    lines("Max cpu");
    lines("Max file size");
    lines("Max open files");
    lines("Max nice");
    show();
    setpriority(PRIO_PROCESS, 0, 5);
    show();
    set_policy(0, SCHED_FIFO, 40);
    show();
    set_policy(0, SCHED_RR, 99);
    show();
    set_policy(0, SCHED_IDLE, 0);
    show();
    set_policy(0, SCHED_BATCH, 0);
    setpriority(PRIO_PROCESS, 0, -5);
    show();
    return 0;
}
