/* What stat says, and who changes it: modes, masks, times, links, kinds of file. */
#define _GNU_SOURCE
#include "show.h"
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static void tell(const char *path)
{
    struct stat status;
    if (lstat(path, &status)) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    printf("%s: %06o %lu links, %ld bytes, times %s\n", path, status.st_mode, (unsigned long)status.st_nlink,
           S_ISDIR(status.st_mode) ? 0L : (long)status.st_size,
           status.st_mtim.tv_sec == 100 && status.st_atim.tv_sec == 50 ? "set" : "not set");
}

int main(void)
{
    struct timespec times[2] = {{50, 7}, {100, 999999999}};
    struct stat status, other;
    SHOW(umask(027));
    SHOW(umask(027));
    int fd = open("file", O_RDWR | O_CREAT, 0666);
    mkdir("folder", 0777);
    mkfifo("fifo", 0666);
    symlink("file", "link");
    mknod("plain", S_IFREG | 0606, 0);
    const char *paths[] = {"file", "folder", "fifo", "link", "plain", "none"};
    for (int i = 0; i < 6; i++)
        tell(paths[i]);
    SHOW(mknod("folder2", S_IFDIR | 0700, 0));
    SHOW(chmod("file", 04711));
    SHOW(fchmod(fd, 01600));
    SHOW(fchmodat(AT_FDCWD, "link", 0640, 0));
    SHOW(fchmodat(AT_FDCWD, "link", 0777, AT_SYMLINK_NOFOLLOW));
    SHOW(chmod("none", 0600));
    SHOW(link("file", "folder/second"));
    tell("file");
    SHOW(stat("folder/second", &status) | stat("link", &other));
    printf("same inode: %d, same device: %d\n", status.st_ino == other.st_ino, status.st_dev == other.st_dev);
    SHOW(utimensat(AT_FDCWD, "link", times, 0));
    tell("file");
    tell("link");
    SHOW(futimens(fd, times));
    fstat(fd, &status);
    printf("%ld.%09ld %ld.%09ld\n", (long)status.st_atim.tv_sec, status.st_atim.tv_nsec, (long)status.st_mtim.tv_sec,
           status.st_mtim.tv_nsec);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_nsec = UTIME_NOW;
    SHOW(futimens(fd, times));
    fstat(fd, &status);
    printf("%ld, %s\n", (long)status.st_atim.tv_sec, status.st_mtim.tv_sec > 1000000000 ? "now" : "then");
    times[0].tv_nsec = 1000000000;
    SHOW(futimens(fd, times));
    times[0] = (struct timespec){50, 0}, times[1] = (struct timespec){100, 0};
    SHOW(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW));
    tell("link");
    futimens(fd, times);
    SHOW(write(fd, "x", 1));
    tell("file");
    SHOW(stat("/dev/null", &status));
    printf("%o %u:%u\n", status.st_mode, major(status.st_rdev), minor(status.st_rdev));
    int ends[2];
    SHOW(pipe(ends));
    SHOW(fstat(ends[0], &status));
    printf("%o\n", status.st_mode);
    SHOW(access("file", F_OK));
    SHOW(access("none", F_OK));
    SHOW(access("file", 8));
    SHOW(access("folder", R_OK | W_OK | X_OK));
    SHOW(faccessat(AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW));
    SHOW(faccessat(AT_FDCWD, "file", R_OK, AT_EACCESS));
    SHOW(chown("file", -1, -1));
    SHOW(fchownat(AT_FDCWD, "link", getuid(), getgid(), AT_SYMLINK_NOFOLLOW));
    struct statvfs space;
    SHOW(statvfs(".", &space));
    printf("names of %lu bytes, %s\n", space.f_namemax, space.f_bfree > 0 ? "room left" : "full");
    char name[300];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    SHOW(open(name, O_CREAT, 0600) >= 0);
    name[255] = 'n', name[256] = 0;
    SHOW(open(name, O_CREAT, 0600) >= 0);
    return 0;
}
