/* mkdir and rmdir, and what they refuse. */
#include "show.h"

int main(void) {
    CALL(mkdir("one", 0777));
    CALL(mkdir("one", 0777));
    CALL(mkdir("one/two", 0700));
    CALL(mkdir("one/two/three/", 0700));
    CALL(mkdir("no/such", 0700));
    CALL(mkdir("", 0700));
    CALL(mkdir(".", 0700));
    CALL(mkdir("/", 0700));
    put_file("file", "", 0600);
    CALL(mkdir("file", 0700));
    CALL(mkdir("file/x", 0700));
    symlink("nowhere", "dangling");
    CALL(mkdir("dangling", 0700));
    struct stat status;
    stat("one", &status);
    SHOW(status.st_mode & 07777);
    SHOW(S_ISDIR(status.st_mode));
    CALL(rmdir("one"));
    CALL(rmdir("one/two/."));
    CALL(rmdir("one/two/.."));
    CALL(rmdir("one/two/three/"));
    CALL(rmdir("one/two"));
    CALL(rmdir("file"));
    CALL(rmdir("missing"));
    CALL(rmdir("dangling"));
    symlink("one", "link");
    CALL(rmdir("link"));
    CALL(rmdir("one"));
    CALL(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
    CALL(unlinkat(AT_FDCWD, "file", 0x4000));
    CALL(unlinkat(AT_FDCWD, "file", 0));
    char name[300];
    memset(name, 'n', 299);
    name[255] = 0;
    CALL(mkdir(name, 0700));
    CALL(rmdir(name));
    name[255] = 'n', name[256] = 0;
    CALL(mkdir(name, 0700));
    CALL(mkdir("sticky", 01777));
    stat("sticky", &status);
    SHOW(status.st_mode & 07777);
    return 0;
}
