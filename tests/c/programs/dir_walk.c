/* A tree of directories is made, walked (nftw, scandir) and removed again. */
#include "show.h"
#include <ftw.h>

static int files, folders, links, deepest, met;

static int visit(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    files += kind == FTW_F, folders += kind == FTW_D || kind == FTW_DP, links += kind == FTW_SL;
    deepest = place->level > deepest ? place->level : deepest;
    met += kind == FTW_F && strstr(path, "2/2/f");
    return 0;
}

static int discard(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static void make(const char *path, int depth) {
    char name[200];
    mkdir(path, 0755);
    snprintf(name, sizeof name, "%s/f", path);
    put_file(name, "x", 0600);
    snprintf(name, sizeof name, "%s/l", path);
    symlink("f", name);
    for (int i = 0; depth && i < 3; i++) {
        snprintf(name, sizeof name, "%s/%d", path, i);
        make(name, depth - 1);
    }
}

int main(void) {
    make("top", 3);
    CALL(nftw("top", visit, 10, FTW_PHYS));
    printf("%d files, %d folders, %d links, depth %d, met %d\n", files, folders, links, deepest, met);
    struct dirent **found;
    int count = scandir("top", &found, NULL, alphasort);
    for (int i = 0; i < count; i++)
        puts(found[i]->d_name);
    CALL(nftw("top", discard, 10, FTW_PHYS | FTW_DEPTH));
    CALL(access("top", F_OK));
    return 0;
}
