/* Folders: making, walking, renaming and removing trees, links, and where one is. */
#define _GNU_SOURCE
#include "show.h"
#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>

static int compare(const struct dirent **first, const struct dirent **second)
{
    return strcmp((*first)->d_name, (*second)->d_name);
}

static void list(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, compare);
    printf("%s:", path);
    for (int i = 0; i < count; i++)
        printf(" %s/%d", entries[i]->d_name, entries[i]->d_type);
    printf(" (%d)\n", count);
}

static void walk(const char *path, int level)
{
    struct dirent **entries;
    struct stat status;
    int count = scandir(path, &entries, NULL, compare);
    for (int i = 2; i < count; i++) {
        char inner[PATH_MAX];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        lstat(inner, &status);
        printf("  %*s%s %o %lu, same inode %d\n", level * 2, "", entries[i]->d_name, status.st_mode,
               (unsigned long)status.st_nlink, status.st_ino == entries[i]->d_ino);
        if (entries[i]->d_type == DT_DIR)
            walk(inner, level + 1);
    }
}

static int count_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    static int total;
    total += type == FTW_D || type == FTW_DP ? 100 : 1;
    if (place->level == 0 && type == FTW_DP)
        printf("%d\n", total);
    return 0;
}

static void where(void)
{
    char path[PATH_MAX];
    const char *here = getcwd(path, sizeof path);
    printf("in %s\n", here ? strrchr(here, '/') : strerror(errno));
}

int main(void)
{
    char path[PATH_MAX];
    SHOW(mkdir("top", 0755));
    SHOW(mkdir("top", 0755));
    SHOW(mkdir("no/where", 0755));
    SHOW(mkdir("top/left", 0700));
    SHOW(mkdir("top/right/", 0777));
    put("top/file", "content");
    put("top/left/leaf", "leaf");
    SHOW(symlink("left/leaf", "top/link"));
    SHOW(symlink("nowhere", "top/dangling"));
    SHOW(symlink("loop2", "loop1"));
    SHOW(symlink("loop1", "loop2"));
    SHOW(link("top/file", "top/right/same"));
    SHOW(link("top/left", "top/folder"));
    SHOW(mkfifo("top/fifo", 0640));
    list("top");
    list("top/right");
    dump("top/link");
    dump("top/dangling");
    dump("loop1");
    SHOW(open("top/dangling", O_RDWR | O_CREAT | O_EXCL, 0600));
    SHOW(readlink("top/link", path, sizeof path));
    SHOW(readlink("top/file", path, sizeof path));
    printf("%s\n", realpath("top/right/../link", path) ? strstr(path, "top") : strerror(errno));
    walk("top", 0);
    SHOW(nftw("top", count_entry, 10, FTW_PHYS | FTW_DEPTH));
    SHOW(rename("top/left", "top/right/left"));
    SHOW(rename("top/right", "top/right/left/inside"));
    SHOW(rename("top/file", "top/right"));
    SHOW(rename("top/right/left", "top/file"));
    SHOW(rename("top/file", "top/right/same"));
    list("top");
    SHOW(rmdir("top/right"));
    SHOW(rmdir("top/file"));
    SHOW(unlink("top/right"));
    SHOW(chdir("top/right/left"));
    where();
    SHOW(rename("../../right", "../../moved"));
    where();
    SHOW(unlink("leaf"));
    SHOW(rmdir("../left"));
    where();
    SHOW(open("new", O_CREAT | O_WRONLY, 0600));
    SHOW(chdir(".."));
    where();
    SHOW(fchdir(open("..", O_RDONLY | O_DIRECTORY)));
    where();
    list("moved");
    glob_t found;
    SHOW(glob("*[ei]*", 0, NULL, &found));
    for (size_t i = 0; i < found.gl_pathc; i++)
        printf("  %s\n", found.gl_pathv[i]);
    DIR *folder = opendir(".");
    int count = 0;
    while (readdir(folder))
        count++;
    long end = telldir(folder);
    rewinddir(folder);
    while (readdir(folder))
        count++;
    printf("%d entries, %s\n", count, end == telldir(folder) ? "same end" : "another end");
    closedir(folder);
    return 0;
}
