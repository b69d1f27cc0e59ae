/* What uid 0 may do, and what is left when it is given up.
   User: root */
#include "show.h"

static int as_user(void) {
    CALL(setgid(1234));
    CALL(setuid(1000));
    SHOW(getuid() * 10000 + geteuid());
    SHOW(getgid() * 10000 + getegid());
    CALL(setuid(0));
    CALL(setgid(0));
    CALL(close(open("secret", O_RDONLY)));
    CALL(close(open("given", O_RDWR)));
    CALL(chown("given", 1000, 77));
    CALL(chmod("secret", 0644));
    CALL(access("group", R_OK));
    CALL(kill(getppid(), 0));
    CALL(open("new", O_RDWR | O_CREAT, 0600));
    CALL(unlink("sticky/root"));
    CALL(unlink("sticky/mine"));
    CALL(rename("sticky/root", "sticky/x"));
    execl("./closed", "x", (char *)NULL);
    DONE(-1);
    return 3;
}

static int saved(void) {
    CALL(setresuid(1000, 1001, 0));
    uid_t real, effective, kept;
    getresuid(&real, &effective, &kept);
    printf("%d %d %d\n", (int)real, (int)effective, (int)kept);
    CALL(access("secret", R_OK));
    CALL(seteuid(0));
    CALL(close(open("secret", O_RDONLY)));
    CALL(access("secret", R_OK));
    CALL(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS));
    CALL(setresuid(-1, -1, 1000));
    CALL(setresuid(1000, 1000, -1));
    CALL(seteuid(0));
    return 0;
}

int main(void) {
    struct stat status;
    put_file("secret", "s", 0600);
    put_file("given", "g", 0600);
    put_file("group", "g", 0640);
    put_file("closed", "#!/bin/sh\n", 0700);
    chmod("prog", 0755);
    mkdir("sticky", 0777);
    chmod("sticky", 01777);
    put_file("sticky/root", "", 0600);
    put_file("sticky/mine", "", 0600);
    CALL(chown("given", 1000, -1));
    CALL(chown("group", -1, 1234));
    CALL(chown("sticky/mine", 1000, 1000));
    stat("given", &status);
    SHOW(status.st_uid);
    SHOW(status.st_gid);
    chmod("secret", 0);
    CALL(close(open("secret", O_RDWR)));
    CALL(access("secret", R_OK | W_OK));
    CALL(access("secret", X_OK));
    CALL(execl("./group", "x", (char *)NULL));
    in_child("as user", as_user);
    in_child("saved", saved);
    chmod("secret", 04755);
    CALL(chown("secret", 5, 5));
    stat("secret", &status);
    SHOW(status.st_mode & 07777);
    return 0;
}
