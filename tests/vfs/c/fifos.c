/* Named pipes between processes: open waits, data passes, ends are seen. */
#include "show.h"
#include <poll.h>
#include <signal.h>

static void child(void)
{
    int fd = open("fifo", O_WRONLY);
    for (int i = 0; i < 3; i++) {
        char line[20];
        write(fd, line, snprintf(line, sizeof line, "line %d\n", i));
    }
    close(fd);
    fd = open("back", O_RDONLY);
    char data[20] = "";
    ssize_t size = read(fd, data, sizeof data);
    _exit(size == 5 && !strcmp(data, "reply") ? 7 : 8);
}

int main(void)
{
    char data[100] = "";
    signal(SIGPIPE, SIG_IGN);
    SHOW(mkfifo("fifo", 0600));
    SHOW(mkfifo("fifo", 0600));
    SHOW(mkfifo("back", 0600));
    SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
    SHOW(open("fifo", O_RDONLY | O_DIRECTORY));
    pid_t pid = fork();
    if (!pid)
        child();
    int fd = open("fifo", O_RDONLY);
    size_t total = 0;
    ssize_t size;
    while ((size = read(fd, data + total, sizeof data - total)) > 0)
        total += size;
    printf("%s", data);
    struct pollfd asked = {fd, POLLIN, 0};
    SHOW(poll(&asked, 1, 0));
    printf("%#x\n", asked.revents);
    SHOW(lseek(fd, 0, SEEK_SET));
    int back = open("back", O_WRONLY);
    SHOW(write(back, "reply", 5));
    int status;
    waitpid(pid, &status, 0);
    printf("exit %d\n", WEXITSTATUS(status));
    SHOW(write(back, "late", 4));
    close(fd);
    fd = open("fifo", O_RDONLY | O_NONBLOCK);
    SHOW(read(fd, data, 10));
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    SHOW(read(fd, data, 10));
    SHOW(write(writer, "kept", 4));
    close(writer);
    SHOW(read(fd, data, 10));
    SHOW(read(fd, data, 10));
    int both = open("fifo", O_RDWR);
    SHOW(write(both, "to myself", 9));
    SHOW(read(both, data, 20));
    SHOW(unlink("fifo"));
    SHOW(write(both, "x", 1));
    return 0;
}
