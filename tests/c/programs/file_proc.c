/* /proc/self: the program itself, and the open files by number. */
#include "show.h"

/* Folders of a process that has been collected. */
static void show_gone(void) {
    char name[64], data[512];
    int hold[2];
    pipe(hold);
    pid_t child = fork();
    if (child == 0) {
        close(hold[1]);
        read(hold[0], data, 1);
        _exit(0);
    }
    close(hold[0]);
    const char *folders[] = {".", "fd", "task", "task/%d"};
    int fds[4];
    for (int i = 0; i < 4; i++) {
        char part[32];
        snprintf(part, sizeof part, folders[i], child);
        snprintf(name, sizeof name, "/proc/%d/%s", child, part);
        fds[i] = open(name, O_RDONLY | O_DIRECTORY);
    }
    close(hold[1]);
    waitpid(child, NULL, 0);
    snprintf(name, sizeof name, "%d", child);
    for (int i = 0; i < 4; i++) {
        CALL(syscall(SYS_getdents64, fds[i], data, sizeof data));
        CALL(openat(fds[i], i == 2 ? name : "status", O_RDONLY));
        close(fds[i]);
    }
}

int main(int argc, char **argv) {
    if (argc > 1)
        return argv[1][0];
    char buffer[10] = "", target[100] = "";
    ssize_t length = readlink("/proc/self/exe", target, sizeof target - 1);
    TRUE(length >= 5 && !strcmp(target + length - 5, "/prog"));
    int self = open("/proc/self/exe", O_RDONLY);
    SHOW(read(self, buffer, 4));
    SHOW(buffer[1]);
    put_file("text", "abcdef", 0200);
    int fd = open("text", O_PATH);
    CALL(fchmod(fd, 0600));
    CALL(read(open("/proc/self/fd/4", O_RDONLY), buffer, 3));
    puts(buffer);
    int ends[2];
    pipe(ends);
    write(ends[1], "through", 7);
    char name[40];
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    int again = open(name, O_RDONLY);
    TRUE(again > ends[1]);
    CALL(read(again, buffer, 7));
    puts(buffer);
    close(ends[1]);
    CALL(read(open(name, O_RDONLY), buffer, 7));
    pipe(ends);
    close(ends[0]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    signal(SIGPIPE, SIG_IGN);
    CALL(write(open(name, O_WRONLY), "x", 1));
    CALL(write(open(name, O_WRONLY | O_NONBLOCK), "x", 1));
    CALL(open("/proc/self/fd/99", O_RDONLY));
    CALL(readlink("/proc/self/fd/99", target, 10));
    CALL(access("/proc/self/maps", R_OK));
    pid_t child = fork();
    if (child == 0)
        execl("/proc/self/exe", "prog", "A", (char *)NULL);
    show_end("myself", child);
    show_gone();
    return 0;
}
