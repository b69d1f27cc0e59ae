/* ls [-a] [-d] [-l] [-1] [FILE]...: lists folders by name, a name a line.
 *
 * -a: also the names that begin with a dot; -d: a folder itself and not what is in it; -l: with mode, links, owner,
 * group, size in bytes and the time of the last change.
 *
 * Arguments: /tmp
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "finish.h"

static int with_hidden, folders_themselves, with_details, status;

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

static void show(const char *path, const char *name)
{
    struct stat found;
    if (!with_details) {
        puts(name);
        return;
    }
    if (lstat(path, &found) < 0) {
        warn("%s", path);
        status = 1;
        return;
    }
    char mode[11], when[32], size[32], target[4096] = "", owner[32], group[32];
    struct passwd *user = getpwuid(found.st_uid);
    struct group *users = getgrgid(found.st_gid);
    mode_text(found.st_mode, mode);
    snprintf(owner, sizeof owner, user ? "%s" : "%s%u", user ? user->pw_name : "", (unsigned)found.st_uid);
    snprintf(group, sizeof group, users ? "%s" : "%s%u", users ? users->gr_name : "", (unsigned)found.st_gid);
    strftime(when, sizeof when, "%b %e %H:%M", localtime(&found.st_mtime));
    if (S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode))
        snprintf(size, sizeof size, "%u, %u", major(found.st_rdev), minor(found.st_rdev));
    else
        snprintf(size, sizeof size, "%lld", (long long)found.st_size);
    ssize_t length = S_ISLNK(found.st_mode) ? readlink(path, target, sizeof target - 1) : 0;
    printf("%s %2lu %-5s %-5s %8s %s %s%s%s\n", mode, (unsigned long)found.st_nlink, owner, group, size, when, name,
           length > 0 ? " -> " : "", target);
}

static int is_shown(const struct dirent *entry)
{
    return with_hidden || entry->d_name[0] != '.';
}

static void list(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_shown, alphasort);
    if (count < 0) {
        warn("%s", folder);
        status = 2;
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        show(path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static int is_folder(const char *name)
{
    struct stat found;
    return !folders_themselves && (with_details && lstat(name, &found) == 0 && S_ISLNK(found.st_mode)
                                   ? 0 : stat(name, &found) == 0 && S_ISDIR(found.st_mode));
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

int main(int argc, char **argv)
{
    static char *here[] = { ".", NULL };
    int option, shown = 0;
    while ((option = getopt(argc, argv, "adl1")) != -1)
        switch (option) {
        case 'a': with_hidden = 1; break;
        case 'd': folders_themselves = 1; break;
        case 'l': with_details = 1; break;
        case '1': break;
        default: return 2;
        }
    char **names = optind < argc ? argv + optind : here;
    int count = optind < argc ? argc - optind : 1;
    qsort(names, (size_t)count, sizeof *names, by_name);
    for (int i = 0; i < count; i++) { /* files first, then what is in folders, as everybody's ls has it */
        struct stat found;
        if (lstat(names[i], &found) < 0) {
            warn("%s", names[i]);
            status = 2;
        } else if (!is_folder(names[i])) {
            show(names[i], names[i]);
            shown = 1;
        }
    }
    for (int i = 0; i < count; i++)
        if (is_folder(names[i])) {
            if (count > 1)
                printf("%s%s:\n", shown ? "\n" : "", names[i]);
            list(names[i]);
            shown = 1;
        }
    return finish(status, 2);
}
