/* Limits of a process: file sizes, descriptors, links, long paths. */
#include "show.h"
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

static volatile int caught;
static void handler(int signal) { caught = signal; }

int main(void)
{
    char data[100] = "", path[PATH_MAX + 10];
    struct rlimit limit = {50, 50};
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    signal(SIGXFSZ, handler);
    setvbuf(stdout, NULL, _IONBF, 0);
    SHOW(setrlimit(RLIMIT_FSIZE, &limit));
    SHOW(write(fd, data, 30));
    SHOW(write(fd, data, 30));
    SHOW(caught);
    SHOW(write(fd, data, 1));
    SHOW(caught == SIGXFSZ);
    caught = 0;
    SHOW(pwrite(fd, data, 100, 40));
    SHOW(pwrite(fd, data, 1, 50));
    SHOW(ftruncate(fd, 51));
    SHOW(ftruncate(fd, 10));
    SHOW(truncate("file", 1000));
    SHOW(caught == SIGXFSZ);
    int ends[2];
    pipe(ends);
    SHOW(write(ends[1], data, 100));
    signal(SIGXFSZ, SIG_DFL);
    if (!fork()) {
        lseek(fd, 50, SEEK_SET);
        write(fd, data, 1);
        _exit(0);
    }
    int status;
    wait(&status);
    printf("killed by %d\n", WTERMSIG(status));

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 8;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    while ((fd = open("file", O_RDONLY)) >= 0)
        printf("%d ", fd);
    printf("%s\n", strerror(errno));
    SHOW(dup(0));
    SHOW(dup2(0, 8));
    SHOW(pipe(ends));
    close(7);
    SHOW(pipe(ends));
    SHOW(dup(0));
    close(7);

    memset(path, '/', sizeof path);
    path[PATH_MAX] = 0;
    SHOW(access(path, F_OK));
    path[PATH_MAX - 1] = 0;
    SHOW(access(path, F_OK));
    SHOW(access("", F_OK));
    SHOW(symlink("", "empty"));
    SHOW(access("file/", F_OK));
    SHOW(access("file/.", F_OK));
    char last[20] = "file", name[20];
    for (int i = 0; i < 41; i++) {
        snprintf(name, sizeof name, "link%d", i);
        symlink(last, name);
        strcpy(last, name);
    }
    SHOW(access("link39", F_OK));
    SHOW(access("link40", F_OK));
    return 0;
}
