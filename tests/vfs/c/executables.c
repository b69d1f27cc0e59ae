/* What can be executed: permissions, scripts, files that are being written, and the shell. */
#include "show.h"

static char image[4 << 20];

static int run(const char *path)
{
    int status;
    fflush(stdout);
    if (!fork()) {
        execl(path, path, "child", (char *)NULL);
        _exit(200 + errno);
    }
    wait(&status);
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return argc + 40;
    int fd = open("/proc/self/exe", O_RDONLY);
    ssize_t size = read(fd, image, sizeof image);
    int copy = open("copy", O_WRONLY | O_CREAT, 0700);
    SHOW(write(copy, image, size) == size);
    SHOW(run("./copy"));
    close(copy);
    SHOW(run("./copy"));
    SHOW(open("/proc/self/exe", O_WRONLY));
    chmod("copy", 0644);
    SHOW(run("./copy"));
    put("script", "#!./copy argument\n");
    chmod("script", 0755);
    SHOW(run("./script"));
    chmod("copy", 0755);
    SHOW(run("./script"));
    put("shell", "#!/bin/sh\nexit 5\n");
    chmod("shell", 0755);
    SHOW(run("./shell"));
    SHOW(run("."));
    SHOW(run("none"));
    put("garbage", "garbage");
    chmod("garbage", 0755);
    SHOW(run("./garbage"));
    symlink("copy", "link");
    SHOW(run("./link"));
    SHOW(WEXITSTATUS(system("exit 3")));
    SHOW(unlink("copy"));
    SHOW(run("./link"));
    SHOW(execl("copy/x", "x", (char *)NULL));
    return 0;
}
