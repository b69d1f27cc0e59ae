/* A program that is run can be removed, replaced and renamed, and not be written to. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1)
        return 33;
    CALL(open("prog", O_WRONLY));
    CALL(open("prog", O_RDWR | O_TRUNC));
    CALL(truncate("prog", 0));
    CALL(chmod("prog", 0700));
    CALL(link("prog", "copy"));
    CALL(rename("prog", "moved"));
    CALL(unlink("moved"));
    pid_t child = fork();
    if (child == 0) {
        execl("./copy", "copy", "x", (char *)NULL);
        _exit(1);
    }
    show_end("copy", child);
    CALL(unlink("copy"));
    int fd = open("written", O_WRONLY | O_CREAT, 0755);
    child = fork();
    if (child == 0) {
        execl("./written", "written", (char *)NULL);
        _exit(errno == ETXTBSY ? 26 : 1);
    }
    show_end("open for writing", child);
    close(fd);
    return 0;
}
