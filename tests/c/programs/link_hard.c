/* Hard links: two names, one file. */
#include "show.h"

static void count(const char *name) {
    struct stat status;
    if (lstat(name, &status))
        printf("%s: %s\n", name, strerror(errno));
    else
        printf("%s has %d names\n", name, (int)status.st_nlink);
}

int main(void) {
    put_file("one", "text", 0600);
    count("one");
    CALL(link("one", "two"));
    count("one");
    struct stat first, second;
    stat("one", &first);
    stat("two", &second);
    TRUE(first.st_ino == second.st_ino && first.st_dev == second.st_dev);
    put_file("two", "changed", 0640);
    show_file("one");
    stat("one", &first);
    SHOW(first.st_mode & 07777);
    CALL(link("one", "two"));
    CALL(link("missing", "x"));
    CALL(link("one", "missing/x"));
    mkdir("folder", 0755);
    CALL(link("folder", "x"));
    CALL(link("one", "folder"));
    CALL(link("one", "folder/three"));
    CALL(link("one", "x/"));
    CALL(link("missing", NULL));
    CALL(link("one", NULL));
    CALL(link(NULL, "missing/x"));
    CALL(symlink("", NULL));
    count("folder/three");
    CALL(unlink("one"));
    count("two");
    CALL(rename("folder/three", "two"));
    count("two");
    CALL(linkat(AT_FDCWD, "two", AT_FDCWD, "x", 0x100));
    symlink("two", "link");
    CALL(link("link", "link2"));
    count("link2");
    count("two");
    char target[10] = "";
    CALL(readlink("link2", target, 10));
    puts(target);
    return 0;
}
