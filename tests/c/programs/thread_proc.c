/* What /proc tells of threads: a folder for each, their number, their names. */
#include "threads.h"
#include <sys/prctl.h>

enum { THREADS = 3 };

static _Atomic int ids[THREADS + 1];
static steps turn, told;

static int list(const char *name) {
    DIR *folder = opendir(name);
    int count = 0, known = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        for (int i = 0; i <= THREADS; i++)
            known += atoi(entry->d_name) == ids[i];
    }
    if (folder)
        closedir(folder);
    return count * 10 + known;
}

static int field(const char *name, const char *what) {
    char line[256];
    FILE *file = fopen(name, "r");
    int value = -1;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, what, strlen(what)) == 0)
            value = atoi(line + strlen(what));
    if (file)
        fclose(file);
    return value;
}

static void show_link(const char *name) {
    char target[256], expected[256];
    ssize_t length = readlink(name, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    snprintf(expected, sizeof expected, strstr(name, "thread") ? "%d/task/%d" : "%d", getpid(), gettid());
    printf("%s: %s\n", name, strcmp(target, expected) == 0 ? "as it should be" : target);
}

static void *live(void *argument) {
    long own = (long)argument;
    char name[20], buffer[20] = "";
    snprintf(name, sizeof name, "worker %ld", own);
    prctl(PR_SET_NAME, name);
    ids[own] = gettid();
    if (own == 1) {
        show_link("/proc/thread-self");
        TRUE(field("/proc/thread-self/status", "Pid:") == gettid());
        TRUE(field("/proc/thread-self/status", "Tgid:") == getpid());
        TRUE(field("/proc/self/status", "Pid:") == getpid());
    }
    step(&told);
    await(&turn, (int)own);
    if (own == 2) {
        prctl(PR_GET_NAME, buffer);
        puts(buffer);
    }
    return NULL;
}

static char *of(int id, const char *what) {
    static char name[64];
    snprintf(name, sizeof name, "/proc/%d/task/%d/%s", (int)ids[0], id, what);
    return name;
}

/* Another process may not. */
static int rename_others(void) {
    int file = open(of(ids[1], "comm"), O_WRONLY | O_TRUNC);
    CALL(write(file, "other", 5));
    return 0;
}

int main(void) {
    pthread_t threads[THREADS + 1];
    char buffer[100] = "", name[64];
    ids[0] = getpid();
    show_link("/proc/thread-self");
    SHOW(list("/proc/self/task"));
    for (long i = 1; i <= THREADS; i++) {
        threads[i] = begin(live, (void *)i);
        await(&told, (int)i);
    }
    SHOW(list("/proc/self/task"));
    snprintf(name, sizeof name, "/proc/%d/task", (int)ids[2]); /* not listed, but there */
    SHOW(list(name));
    SHOW(field("/proc/self/status", "Threads:"));
    SHOW(field(of(ids[1], "status"), "Threads:"));
    for (int i = 0; i <= THREADS; i++) {
        int file = open(of(ids[i], "comm"), O_RDONLY);
        read(file, buffer, sizeof buffer);
        *strchr(buffer, '\n') = 0;
        puts(i ? buffer : "the first");
        close(file);
        TRUE(field(of(ids[i], "status"), "Pid:") == ids[i] && field(of(ids[i], "status"), "Tgid:") == getpid());
    }
    CALL(access(of(1, "comm"), F_OK));
    CALL(access(of(ids[1], "nothing"), F_OK));

    puts("names");
    GIVES(pthread_setname_np(threads[2], "renamed"));
    GIVES(pthread_getname_np(threads[2], buffer, sizeof buffer));
    puts(buffer);
    GIVES(pthread_setname_np(threads[2], "a name of sixteen"));
    GIVES(pthread_setname_np(pthread_self(), "first"));
    GIVES(pthread_getname_np(pthread_self(), buffer, sizeof buffer));
    puts(buffer);
    GIVES(pthread_getname_np(pthread_self(), buffer, 5));
    in_child("child", rename_others);
    int file = open(of(ids[3], "comm"), O_WRONLY | O_TRUNC);
    CALL(write(file, "of more than fifteen bytes", 26));
    close(file);
    GIVES(pthread_getname_np(threads[3], buffer, sizeof buffer));
    puts(buffer);
    for (int i = 1; i <= THREADS; i++) {
        step(&turn);
        join(threads[i]);
    }
    while (field("/proc/self/status", "Threads:") > 1) /* until they are quite gone */
        sched_yield();
    SHOW(list("/proc/self/task"));
    CALL(access(of(ids[1], "status"), F_OK));
    return 0;
}
