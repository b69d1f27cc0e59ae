/* A file lives as long as somebody has it open, name or no name. */
#include "show.h"

int main(void) {
    put_file("file", "still here", 0600);
    int fd = open("file", O_RDWR);
    struct stat status;
    CALL(unlink("file"));
    CALL(access("file", F_OK));
    fstat(fd, &status);
    SHOW(status.st_nlink);
    SHOW(status.st_size);
    show_read(fd, 100);
    CALL(write(fd, ", and more", 10));
    put_file("file", "another", 0600);
    pid_t child = fork();
    if (child == 0) {
        char buffer[50] = "";
        pread(fd, buffer, sizeof buffer, 0);
        puts(buffer);
        _exit(0);
    }
    show_end("child", child);
    show_file("file");
    CALL(unlink("missing"));
    mkdir("folder", 0755);
    CALL(unlink("folder"));
    CALL(unlink("file/"));
    CALL(unlink(""));
    CALL(rmdir("file"));
    CALL(remove("folder"));
    CALL(remove("file"));
    int kept = open("name", O_RDWR | O_CREAT, 0600);
    unlink("name");
    fstat(kept, &status);
    SHOW(status.st_nlink);
    CALL(fchmod(kept, 0400));
    CALL(ftruncate(kept, 100));
    return 0;
}
