/* Flags of open: what is made, what is refused, what is emptied. */
#include "show.h"

int main(void) {
    CALL(open("new", O_RDONLY));
    CALL(open("new", O_WRONLY | O_CREAT, 0640));
    CALL(write(3, "text", 4));
    CALL(open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));
    CALL(open("new", O_RDONLY | O_CREAT, 0000));
    struct stat status;
    fstat(4, &status);
    SHOW(status.st_mode & 07777);
    SHOW(status.st_size);
    CALL(open("new", O_WRONLY | O_TRUNC));
    fstat(4, &status);
    SHOW(status.st_size);
    CALL(read(5, &status, 1));
    CALL(write(4, "x", 1));
    mkdir("folder", 0755);
    CALL(open("folder", O_WRONLY));
    CALL(open("folder", O_RDWR | O_CREAT, 0600));
    CALL(open("folder", O_RDONLY | O_CREAT, 0600));
    CALL(open("folder", O_RDONLY | O_DIRECTORY));
    CALL(read(6, &status, 1));
    CALL(open("new", O_RDONLY | O_DIRECTORY));
    CALL(open("new/", O_RDONLY));
    CALL(open("other/", O_RDWR | O_CREAT, 0600));
    CALL(open("folder/other/third", O_RDWR | O_CREAT, 0600));
    CALL(open("new/x", O_RDWR | O_CREAT, 0600));
    symlink("new", "link");
    symlink("made", "dangling");
    CALL(open("link", O_RDONLY | O_NOFOLLOW));
    CALL(open("dangling", O_RDONLY));
    CALL(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
    CALL(open("dangling", O_WRONLY | O_CREAT, 0600));
    CALL(access("made", F_OK));
    CALL(open("", O_RDONLY));
    CALL(syscall(SYS_openat, AT_FDCWD, (void *)8, O_RDONLY));
    CALL(openat(99, "new", O_RDONLY));
    CALL(openat(5, "new", O_RDONLY));
    CALL(openat(6, "inside", O_RDWR | O_CREAT, 0600));
    CALL(access("folder/inside", F_OK));
    SHOW(fcntl(8, F_GETFL) & (O_ACCMODE | O_APPEND | O_CREAT));
    CALL(open("new", O_WRONLY | O_APPEND | O_CLOEXEC));
    SHOW(fcntl(9, F_GETFL) & (O_ACCMODE | O_APPEND));
    SHOW(fcntl(9, F_GETFD));
    return 0;
}
