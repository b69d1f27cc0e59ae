/* What mode bits allow the owner of a file and of its directory. */
#include "show.h"

int main(void) {
    char buffer[4];
    put_file("file", "text", 0600);
    int modes[] = {0000, 0400, 0200, 0600, 0100, 0004, 0666};
    for (int i = 0; i < 7; i++) {
        chmod("file", modes[i]);
        printf("mode %03o\n", modes[i]);
        CALL(access("file", R_OK));
        CALL(access("file", W_OK));
        CALL(access("file", X_OK));
        CALL(access("file", F_OK));
        CALL(close(open("file", O_RDONLY)));
        CALL(close(open("file", O_WRONLY)));
        CALL(close(open("file", O_RDWR)));
        CALL(truncate("file", 4));
    }
    int fd = open("file", O_RDWR);
    chmod("file", 0);
    CALL(read(fd, buffer, 4));
    CALL(write(fd, "more", 4));
    CALL(fchmod(fd, 0400));
    mkdir("folder", 0700);
    put_file("folder/inside", "x", 0600);
    int folder = open("folder", O_RDONLY), start = open(".", O_RDONLY);
    int bits[] = {0000, 0400, 0500, 0300, 0100};
    for (int i = 0; i < 5; i++) {
        chmod("folder", bits[i]);
        printf("directory mode %03o\n", bits[i]);
        CALL(access("folder/inside", F_OK));
        CALL(access("folder/missing", F_OK));
        CALL(close(open("folder/inside", O_RDONLY)));
        CALL(close(open("folder", O_RDONLY)));
        CALL(close(openat(folder, "inside", O_RDONLY)));
        CALL(close(open("folder/new", O_RDWR | O_CREAT, 0600)));
        CALL(mkdir("folder/sub", 0700));
        CALL(unlink("folder/new"));
        CALL(rmdir("folder/sub"));
        CALL(rename("folder/inside", "folder/renamed"));
        CALL(rename("folder/renamed", "folder/inside"));
        CALL(link("folder/inside", "linked"));
        unlink("linked");
        CALL(chdir("folder"));
        fchdir(start);
        CALL(fchdir(folder));
        fchdir(start);
    }
    chmod("folder", 0700);
    return 0;
}
