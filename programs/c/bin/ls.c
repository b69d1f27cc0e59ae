/* ls [-1AadhilnRrSt] [FILE]...: lists folders by name, a name a line.
 *
 * -a: also the names that begin with a dot; -A: of these not . and ..; -d: a folder itself and not what is in it; -l:
 * with mode, links, owner, group, size in bytes and the time of the last change; -n: the same with numbers for owner and
 * group; -h: sizes in K, M, G; -i: with the inode's number; -R: with all folders below; -S: by size; -t: by time, the
 * newest first; -r: the other way round.
 *
 * Arguments: /tmp
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "options.h"

enum { HALF_A_YEAR = 31556952 / 2 };

/* A file that is to be shown. */
struct entry {
    char *name, *path;
    struct stat found;
};

struct entries {
    struct entry *items;
    int count, room;
};

/* How wide columns are. */
struct widths {
    int inode, links, owner, group, size, major, minor;
};

static char is_set[256]; /* options, by their letters */
static int status, is_another;

static void *checked(void *memory)
{
    if (!memory)
        err(2, "memory exhausted");
    return memory;
}

static void add(struct entries *own, const char *folder, const char *name)
{
    struct entry entry;
    size_t length = folder ? strlen(folder) : 0;
    const char *slash = length && folder[length - 1] != '/' ? "/" : "";
    entry.name = checked(strdup(name));
    entry.path = checked(malloc(length + strlen(name) + 2));
    sprintf(entry.path, "%s%s%s", folder ? folder : "", slash, name);
    if (lstat(entry.path, &entry.found) < 0) {
        warn("cannot access '%s'", entry.path);
        status = folder ? 1 : 2;
        free(entry.name);
        free(entry.path);
        return;
    }
    if (own->count == own->room)
        own->items = checked(realloc(own->items, (size_t)(own->room = 2 * own->room + 16) * sizeof *own->items));
    own->items[own->count++] = entry;
}

static void drop(struct entries *own)
{
    for (int i = 0; i < own->count; i++) {
        free(own->items[i].name);
        free(own->items[i].path);
    }
    free(own->items);
}

static int by_wanted(const void *one, const void *other)
{
    const struct entry *first = one, *second = other;
    const struct timespec *time = &first->found.st_mtim, *other_time = &second->found.st_mtim;
    int order = 0;
    if (is_set['S'])
        order = (first->found.st_size < second->found.st_size) - (first->found.st_size > second->found.st_size);
    else if (is_set['t'] && time->tv_sec != other_time->tv_sec)
        order = time->tv_sec < other_time->tv_sec ? 1 : -1;
    else if (is_set['t'])
        order = (time->tv_nsec < other_time->tv_nsec) - (time->tv_nsec > other_time->tv_nsec);
    if (!order)
        order = strcmp(first->name, second->name);
    return is_set['r'] ? -order : order;
}

/* --- with details ------------------------------------------------------------------------------------------------- */

static void mode_text(mode_t mode, char *text)
{
    static const char letters[] = "rwxrwxrwx";
    const char *kind = S_ISDIR(mode) ? "d" : S_ISLNK(mode) ? "l" : S_ISCHR(mode) ? "c" : S_ISBLK(mode) ? "b"
                     : S_ISFIFO(mode) ? "p" : S_ISSOCK(mode) ? "s" : "-";
    text[0] = *kind;
    for (int i = 0; i < 9; i++)
        text[i + 1] = mode & (0400u >> i) ? letters[i] : '-';
    if (mode & S_ISUID)
        text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = mode & S_IXOTH ? 't' : 'T';
    text[10] = 0;
}

/* A number of bytes; with -h in the largest unit of which there is one, rounded up. */
static const char *size_text(long long size, char *text, size_t room)
{
    static const char units[] = "KMGTPE";
    if (!is_set['h'] || size < 1024) {
        snprintf(text, room, "%lld", size);
        return text;
    }
    int unit = 0;
    long long one = 1024;
    while (unit < 5 && size / one >= 1024) {
        one *= 1024;
        unit++;
    }
    long long tenths = size / one * 10 + (size % one * 10 + one - 1) / one, whole = (size + one - 1) / one;
    if (tenths < 100)
        snprintf(text, room, "%lld.%lld%c", tenths / 10, tenths % 10, units[unit]);
    else if (whole < 1024 || unit == 5)
        snprintf(text, room, "%lld%c", whole, units[unit]);
    else
        snprintf(text, room, "1.0%c", units[unit + 1]);
    return text;
}

static const char *user_text(uid_t user, char *text, size_t room)
{
    const struct passwd *found = is_set['n'] ? NULL : getpwuid(user);
    snprintf(text, room, "%u", (unsigned)user);
    return found ? found->pw_name : text;
}

static const char *group_text(gid_t group, char *text, size_t room)
{
    const struct group *found = is_set['n'] ? NULL : getgrgid(group);
    snprintf(text, room, "%u", (unsigned)group);
    return found ? found->gr_name : text;
}

static int is_device(const struct stat *found)
{
    return S_ISCHR(found->st_mode) || S_ISBLK(found->st_mode);
}

static void widen(int *width, int length)
{
    *width = length > *width ? length : *width;
}

static struct widths widths_of(const struct entries *own)
{
    struct widths widths = { 0 };
    char text[32];
    for (int i = 0; i < own->count; i++) {
        const struct stat *found = &own->items[i].found;
        widen(&widths.inode, snprintf(text, sizeof text, "%llu", (unsigned long long)found->st_ino));
        if (!is_set['l'])
            continue;
        widen(&widths.links, snprintf(text, sizeof text, "%lu", (unsigned long)found->st_nlink));
        widen(&widths.owner, (int)strlen(user_text(found->st_uid, text, sizeof text)));
        widen(&widths.group, (int)strlen(group_text(found->st_gid, text, sizeof text)));
        if (is_device(found)) {
            widen(&widths.major, snprintf(text, sizeof text, "%u", major(found->st_rdev)));
            widen(&widths.minor, snprintf(text, sizeof text, "%u", minor(found->st_rdev)));
        } else {
            widen(&widths.size, (int)strlen(size_text(found->st_size, text, sizeof text)));
        }
    }
    if (widths.major)
        widen(&widths.size, widths.major + 2 + widths.minor);
    return widths;
}

static void show_details(const struct entry *entry, const struct widths *widths)
{
    const struct stat *found = &entry->found;
    char mode[11], when[32], size[48], owner[32], group[32];
    time_t now = time(NULL);
    int is_recent = found->st_mtime <= now && found->st_mtime > now - HALF_A_YEAR;
    mode_text(found->st_mode, mode);
    strftime(when, sizeof when, is_recent ? "%b %e %H:%M" : "%b %e  %Y", localtime(&found->st_mtime));
    if (is_device(found)) {
        int room = widths->size - 2 - widths->minor;
        snprintf(size, sizeof size, "%*u, %*u", room, major(found->st_rdev), widths->minor, minor(found->st_rdev));
    } else {
        size_text(found->st_size, size, sizeof size);
    }
    printf("%s %*lu %-*s %-*s %*s %s ", mode, widths->links, (unsigned long)found->st_nlink, widths->owner,
           user_text(found->st_uid, owner, sizeof owner), widths->group, group_text(found->st_gid, group, sizeof group),
           widths->size, size, when);
}

static void show(const struct entries *own)
{
    struct widths widths = widths_of(own);
    for (int i = 0; i < own->count; i++) {
        const struct entry *entry = &own->items[i];
        char target[4096];
        if (is_set['i'])
            printf("%*llu ", widths.inode, (unsigned long long)entry->found.st_ino);
        if (is_set['l'])
            show_details(entry, &widths);
        printf("%s", entry->name);
        ssize_t length = is_set['l'] && S_ISLNK(entry->found.st_mode) ? readlink(entry->path, target, sizeof target) : 0;
        if (length > 0)
            printf(" -> %.*s", (int)length, target);
        putchar('\n');
        check_output(2);
    }
}

/* --- folders ------------------------------------------------------------------------------------------------------- */

static int is_shown(const char *name)
{
    if (name[0] != '.' || is_set['a'])
        return 1;
    return is_set['A'] && strcmp(name, ".") && strcmp(name, "..");
}

static void list(const char *folder, int with_name, int is_operand)
{
    struct entries own = { 0 };
    long long blocks = 0;
    char text[32];
    DIR *directory = opendir(folder);
    if (!directory) {
        warn("cannot open directory '%s'", folder);
        status = is_operand ? 2 : status ? status : 1;
        return;
    }
    for (const struct dirent *found; (found = readdir(directory));)
        if (is_shown(found->d_name))
            add(&own, folder, found->d_name);
    closedir(directory);
    if (with_name)
        printf("%s%s:\n", is_another ? "\n" : "", folder);
    is_another = 1;
    if (own.count)
        qsort(own.items, (size_t)own.count, sizeof *own.items, by_wanted);
    for (int i = 0; i < own.count; i++)
        blocks += own.items[i].found.st_blocks;
    if (is_set['l'])
        printf("total %s\n", is_set['h'] ? size_text(blocks * 512, text, sizeof text)
                                         : (snprintf(text, sizeof text, "%lld", (blocks + 1) / 2), text));
    show(&own);
    for (int i = 0; is_set['R'] && i < own.count; i++)
        if (S_ISDIR(own.items[i].found.st_mode) && strcmp(own.items[i].name, ".") && strcmp(own.items[i].name, ".."))
            list(own.items[i].path, 1, 0);
    drop(&own);
}

/* Whether an operand is a folder that is to be listed; a link to one is, but for -l. */
static int is_listed(const struct entry *entry)
{
    struct stat found = entry->found;
    if (S_ISLNK(found.st_mode) && !is_set['l'] && stat(entry->path, &found) < 0)
        return 0;
    return !is_set['d'] && S_ISDIR(found.st_mode);
}

int main(int argc, char **argv)
{
    int letter;
    failure = 2;
    while ((letter = next_option(argc, argv, "1AadhilnRrSt", "[-1AadhilnRrSt] [FILE]...")) != -1)
        is_set[letter] = 1;
    is_set['l'] |= is_set['n'];
    struct entries operands = { 0 }, files = { 0 };
    for (int i = optind; i < argc; i++)
        add(&operands, NULL, argv[i]);
    if (optind == argc)
        add(&operands, NULL, ".");
    if (operands.count)
        qsort(operands.items, (size_t)operands.count, sizeof *operands.items, by_wanted);
    files.items = checked(calloc((size_t)operands.count + 1, sizeof *files.items));
    for (int i = 0; i < operands.count; i++) /* files first, then what is in folders, as everybody's ls has it */
        if (!is_listed(&operands.items[i]))
            files.items[files.count++] = operands.items[i];
    show(&files);
    is_another = files.count > 0;
    for (int i = 0; i < operands.count; i++)
        if (is_listed(&operands.items[i]))
            list(operands.items[i].path, argc - optind > 1 || is_set['R'], 1);
    free(files.items);
    drop(&operands);
    return finish(status, 2);
}
