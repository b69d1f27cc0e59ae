/* Reading a directory: names and kinds, rewinding, changes on the way. */
#include "show.h"

static int order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
    char *names[200];
    int count = 0;
    DIR *directory = opendir(path);
    if (!directory) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) && count < 200;) {
        char kind = entry->d_type == DT_DIR ? 'd' : entry->d_type == DT_LNK ? 'l' : entry->d_type == DT_FIFO ? 'p' : '-';
        names[count] = malloc(300);
        sprintf(names[count++], "%s%c", entry->d_name, kind);
    }
    closedir(directory);
    qsort(names, count, sizeof *names, order);
    printf("%s:", path);
    for (int i = 0; i < count; i++)
        printf(" %s", names[i]);
    puts("");
}

int main(void) {
    mkdir("folder", 0755);
    list("folder");
    put_file("folder/file", "", 0600);
    mkdir("folder/sub", 0755);
    symlink("x", "folder/link");
    mkfifo("folder/fifo", 0600);
    list("folder");
    list("missing");
    list("folder/file");
    for (int i = 0; i < 150; i++) {
        char name[40];
        sprintf(name, "folder/sub/number-%03d-with-a-long-name", i);
        close(open(name, O_WRONLY | O_CREAT, 0600));
    }
    list("folder/sub");
    DIR *directory = opendir("folder/sub");
    int count = 0;
    while (readdir(directory))
        count++;
    SHOW(count);
    rewinddir(directory);
    while (readdir(directory))
        count++;
    SHOW(count);
    rewinddir(directory);
    readdir(directory);
    long place = telldir(directory);
    char name[300];
    strcpy(name, readdir(directory)->d_name);
    readdir(directory);
    seekdir(directory, place);
    TRUE(!strcmp(name, readdir(directory)->d_name));
    rewinddir(directory);
    count = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            sprintf(name, "folder/sub/%s", entry->d_name);
            count += !unlink(name);
        }
    SHOW(count);
    closedir(directory);
    list("folder/sub");
    int fd = open("folder", O_RDONLY);
    char buffer[8];
    CALL(syscall(SYS_getdents64, fd, buffer, sizeof buffer));
    CALL(syscall(SYS_getdents64, fd, (void *)8, 4096));
    CALL(syscall(SYS_getdents64, 99, buffer, 4096));
    CALL(syscall(SYS_getdents64, open("prog", O_RDONLY), buffer, 4096));
    rmdir("folder/sub");
    return 0;
}
