/* Devices, and what a process finds about itself under /proc. */
#include "show.h"
#include <libgen.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
    char data[4000], path[200];
    (void)argc;
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
    SHOW(write(null, data, sizeof data));
    SHOW(read(null, data, sizeof data));
    SHOW(lseek(null, 10, SEEK_SET));
    memset(data, 1, sizeof data);
    SHOW(read(zero, data, 100));
    SHOW(data[0] + data[99] + data[100]);
    SHOW(write(full, data, 10));
    SHOW(read(full, data, 10));
    SHOW(ftruncate(null, 0));
    SHOW(isatty(null));
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    page[5] = 7;
    SHOW(page[4] + page[5]);
    SHOW((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0));
    int random = open("/dev/urandom", O_RDONLY);
    SHOW(read(random, data, 64));
    int different = 0;
    for (int i = 1; i < 64; i++)
        different += data[i] != data[0];
    SHOW(different > 40);

    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    path[size] = 0;
    printf("%s %s\n", basename(path), basename(argv[0]));
    mkdir("here", 0755);
    chdir("here");
    size = readlink("/proc/self/cwd", path, sizeof path - 1);
    path[size] = 0;
    printf("%s\n", basename(path));
    snprintf(path, sizeof path, "/proc/%d/cmdline", getpid());
    int fd = open(path, O_RDONLY);
    size = read(fd, data, sizeof data);
    SHOW(size == (ssize_t)strlen(argv[0]) + 1 && !strcmp(data, argv[0]));
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(data, sizeof data, status)) {
        int value;
        if (sscanf(data, "Pid: %d", &value) == 1)
            SHOW(value == getpid());
        if (sscanf(data, "PPid: %d", &value) == 1)
            SHOW(value == getppid());
        if (sscanf(data, "Uid: %d", &value) == 1)
            SHOW(value == (int)getuid());
        if (!strncmp(data, "Umask", 5) || !strncmp(data, "Threads", 7))
            printf("%s", data);
    }
    FILE *maps = fopen("/proc/self/maps", "r");
    int code = 0, stack = 0;
    while (fgets(data, sizeof data, maps)) {
        unsigned long start, end;
        char flags[5];
        sscanf(data, "%lx-%lx %4s", &start, &end, flags);
        code += (unsigned long)main >= start && (unsigned long)main < end && !strcmp(flags, "r-xp");
        stack += (unsigned long)&stack >= start && (unsigned long)&stack < end && strstr(data, "[stack]");
    }
    printf("code %d, stack %d\n", code, stack);
    put("file", "by its number");
    fd = open("file", O_RDONLY);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    SHOW(access(path, R_OK));
    unlink("file");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    size = readlink(path, data, sizeof data);
    printf("%.*s\n", 14, data + size - 14);
    char copy[40];
    int again = open(path, O_RDONLY);
    SHOW(read(again, copy, sizeof copy));
    SHOW(stat("/proc/self/fd/99", (struct stat *)data));
    SHOW(mkdir("/proc/new", 0755) == -1);
    SHOW(access("/proc/self/maps", R_OK));
    SHOW(chdir("/proc/self"));
    SHOW(access("stat", R_OK));
    SHOW(rmdir("/proc/self/fd") == -1);
    return 0;
}
