/* chdir, fchdir, getcwd; a directory that is removed under one's feet. */
#include "show.h"

static char start[4096];

static void where(void) {
    char path[4096];
    if (!getcwd(path, sizeof path)) {
        printf("getcwd: %s\n", strerror(errno));
        return;
    }
    size_t length = strcmp(start, "/") ? strlen(start) : 0;
    printf("in [%s]\n", strncmp(path, start, length) ? "elsewhere" : path + length);
}

static int move(void) { return chdir("/"); }

int main(void) {
    getcwd(start, sizeof start);
    mkdir("one", 0755);
    mkdir("one/two", 0755);
    put_file("file", "", 0600);
    symlink("one/two", "link");
    int fd = open("one", O_RDONLY);
    CALL(chdir("one"));
    where();
    CALL(chdir("two"));
    where();
    CALL(chdir(".."));
    CALL(chdir("../link/../two/.././two"));
    where();
    CALL(fchdir(fd));
    where();
    CALL(chdir("missing"));
    CALL(chdir("../file"));
    CALL(chdir(""));
    CALL(fchdir(99));
    CALL(fchdir(open("../file", O_RDONLY)));
    char small[3];
    CALL(syscall(SYS_getcwd, small, 1));
    CALL(syscall(SYS_getcwd, small, 0));
    CALL(syscall(SYS_getcwd, (void *)8, 4096));
    CALL(chdir("two"));
    CALL(rename("../two", "../moved"));
    where();
    CALL(rmdir("../moved"));
    where();
    CALL(open("x", O_RDWR | O_CREAT, 0600));
    CALL(mkdir("x", 0700));
    CALL(access(".", F_OK));
    CALL(chdir(".."));
    where();
    in_child("child", move);
    where();
    CALL(chdir("/"));
    CALL(chdir(".."));
    char path[10];
    puts(getcwd(path, sizeof path));
    return 0;
}
