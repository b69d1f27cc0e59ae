/* umask takes bits away from what is made, and from nothing else. */
#include "show.h"

static void show_mode(const char *name) {
    struct stat status;
    if (lstat(name, &status))
        printf("%s: %s\n", name, strerror(errno));
    else
        printf("%s %05o\n", name, (unsigned)status.st_mode & 07777);
}

static int in_the_child(void) {
    SHOW(umask(0));
    return 0;
}

int main(void) {
    SHOW(umask(027));
    SHOW(umask(0777 | 07000));
    SHOW(umask(027));
    close(open("file", O_RDWR | O_CREAT, 0666));
    mkdir("folder", 0777);
    mkfifo("fifo", 0666);
    mknod("node", S_IFREG | 0777, 0);
    symlink("file", "link");
    show_mode("file");
    show_mode("folder");
    show_mode("fifo");
    show_mode("node");
    close(open("special", O_RDWR | O_CREAT, 07777));
    show_mode("special");
    chmod("file", 0666);
    show_mode("file");
    chmod("file", 06755);
    show_mode("file");
    chmod("folder", 01777);
    show_mode("folder");
    in_child("child", in_the_child);
    SHOW(umask(022));
    return 0;
}
