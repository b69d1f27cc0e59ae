/* The three times of a file: set, left, and moved on by what is done to it. */
#include "show.h"

static struct stat status;

static void show(const char *name) {
    lstat(name, &status);
    printf("%s: accessed %lld.%09ld, modified %lld.%09ld\n", name, (long long)status.st_atim.tv_sec,
           status.st_atim.tv_nsec, (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

int main(void) {
    put_file("file", "text", 0644);
    symlink("file", "link");
    struct timespec times[2] = {{1000, 123456789}, {2000, 5}};
    CALL(utimensat(AT_FDCWD, "file", times, 0));
    show("file");
    times[0] = (struct timespec){0, UTIME_OMIT};
    times[1] = (struct timespec){5000000000, 999999999};
    CALL(utimensat(AT_FDCWD, "link", times, 0));
    show("file");
    times[0] = times[1] = (struct timespec){77, 0};
    CALL(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW));
    show("link");
    show("file");
    int fd = open("file", O_RDWR);
    CALL(futimens(fd, times));
    show("file");
    times[0].tv_nsec = 1000000000;
    CALL(futimens(fd, times));
    times[0].tv_nsec = -1;
    CALL(futimens(fd, times));
    CALL(utimensat(AT_FDCWD, "missing", NULL, 0));
    CALL(futimens(99, NULL));
    CALL(utimensat(AT_FDCWD, "file", NULL, 0x8000));
    time_t now = time(NULL);
    CALL(write(fd, "more", 4));
    stat("file", &status);
    TRUE(status.st_mtim.tv_sec >= now - 1 && status.st_mtim.tv_sec < now + 60);
    TRUE(status.st_ctim.tv_sec >= now - 1);
    SHOW(status.st_atim.tv_sec);
    futimens(fd, (struct timespec[]){{77, 0}, {77, 0}});
    ftruncate(fd, 2);
    stat("file", &status);
    TRUE(status.st_mtim.tv_sec > 77);
    futimens(fd, (struct timespec[]){{77, 0}, {0, UTIME_NOW}});
    stat("file", &status);
    SHOW(status.st_atim.tv_sec);
    TRUE(status.st_mtim.tv_sec > 77);
    futimens(fd, (struct timespec[]){{77, 0}, {77, 0}});
    chmod("file", 0600);
    stat("file", &status);
    SHOW(status.st_mtim.tv_sec);
    mkdir("folder", 0755);
    utimensat(AT_FDCWD, "folder", (struct timespec[]){{77, 0}, {77, 0}}, 0);
    put_file("folder/new", "", 0600);
    stat("folder", &status);
    TRUE(status.st_mtim.tv_sec > 77);
    chmod("file", 0400);
    CALL(utimensat(AT_FDCWD, "file", NULL, 0));
    return 0;
}
