/* rename: over files, over directories, into itself, with RENAME_NOREPLACE and RENAME_EXCHANGE. */
#include "show.h"

static long swap(const char *from, const char *to, unsigned flags) {
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

int main(void) {
    put_file("a", "a", 0600);
    put_file("b", "b", 0600);
    mkdir("empty", 0755);
    mkdir("full", 0755);
    put_file("full/x", "x", 0600);
    int fd = open("b", O_RDONLY);
    CALL(rename("a", "b"));
    show_file("b");
    show_read(fd, 5);
    CALL(access("a", F_OK));
    CALL(rename("missing", "c"));
    CALL(rename("b", "b"));
    link("b", "c");
    CALL(rename("b", "c"));
    CALL(access("b", F_OK));
    CALL(rename("b", "empty"));
    CALL(rename("empty", "b"));
    CALL(rename("empty", "full"));
    CALL(rename("full", "empty"));
    show_file("empty/x");
    CALL(rename("empty", "empty/inside"));
    CALL(rename("empty/x", "moved"));
    show_file("moved");
    CALL(rename("moved", "nowhere/x"));
    CALL(rename("moved", "b/x"));
    CALL(rename(".", "dot"));
    CALL(rename("empty/.", "dot"));
    CALL(rename("moved", ""));
    CALL(rename("missing/x", NULL));
    CALL(rename("missing", NULL));
    CALL(rename(NULL, "missing/x"));
    CALL(rename("moved", "new/"));
    CALL(rename("empty", "new/"));
    CALL(swap("moved", "b", 1));
    CALL(swap("moved", "z", 1));
    CALL(swap("z", "b", 2));
    show_file("z");
    show_file("b");
    CALL(swap("z", "new", 2));
    CALL(access("z/.", F_OK));
    CALL(swap("z", "missing", 2));
    CALL(swap("z", "b", 3));
    CALL(swap("z", "b", 128));
    symlink("b", "link");
    CALL(rename("link", "renamed"));
    char target[20] = "";
    CALL(readlink("renamed", target, 20));
    puts(target);
    return 0;
}
