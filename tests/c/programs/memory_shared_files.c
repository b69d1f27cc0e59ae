/* Shared mappings of files: memory, read and write see the same bytes; what a file loses when it shrinks; who may. */
#include "show.h"
#include <semaphore.h>
#include <setjmp.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static sigjmp_buf back;

static void on_bus(int number) { siglongjmp(back, number); }

/* The byte at an address, or the signal that looking at it raises. */
static int look(volatile char *address) {
    int number = sigsetjmp(back, 1);
    return number ? -number : *address;
}

static char at(int fd, off_t offset) {
    char byte = '?';
    return pread(fd, &byte, 1, offset) == 1 ? byte : '-';
}

static void one_file_two_views(void) {
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 2 * PAGE);
    char *map = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0), *second = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
    map[0] = 'a';
    map[PAGE] = 'b';
    printf("%c %c %c\n", at(fd, 0), at(fd, PAGE), second[0]);
    pwrite(fd, "xyz", 3, PAGE - 1);
    printf("%c %c %c %c\n", map[PAGE - 1], map[PAGE], second[0], second[1]);
    pid_t child = fork();
    if (child == 0) {
        second[2] = 'c';
        pwrite(fd, "d", 1, 1);
        _exit(0);
    }
    show_end("child", child);
    printf("%c %c %c\n", map[PAGE + 2], map[1], at(fd, PAGE + 2));
    char *private = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    private[0] = 'p';
    printf("%c %c %c\n", private[0], map[0], at(fd, 0));
    CALL(close(fd));
    CALL(msync(map, 2 * PAGE, MS_SYNC));
    map[3] = 'e';
    CALL(munmap(map, PAGE));
    CALL(munmap(map + PAGE, PAGE));
    second[3] = 'f';
    CALL(munmap(second, PAGE));
    fd = open("file", O_RDONLY);
    printf("%c %c %c\n", at(fd, 0), at(fd, 3), at(fd, PAGE + 3));
    CALL(close(fd));
}

static void sizes(void) {
    int fd = open("sized", O_RDWR | O_CREAT, 0600);
    write(fd, "0123456789", 10);
    char *map = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    printf("%d %d %d\n", look(map + 9), look(map + 10), look(map + PAGE));
    map[20] = 'x';
    ftruncate(fd, 2 * PAGE + 1);
    printf("%d %d %d\n", look(map + 9), look(map + 2 * PAGE), look(map + 3 * PAGE));
    memset(map, 'y', 2 * PAGE + 1);
    ftruncate(fd, 5);
    printf("%d %d %d\n", look(map + 4), look(map + 5), look(map + PAGE));
    pwrite(fd, "z", 1, PAGE + 7);
    printf("%d %d %d %d\n", look(map + 5), look(map + PAGE), look(map + PAGE + 7), look(map + 2 * PAGE));
    int again = open("sized", O_RDWR | O_TRUNC);
    printf("%d\n", look(map));
    write(again, "new", 3);
    printf("%d %d\n", look(map), look(map + 3));
    char byte[4] = "";
    CALL(unlink("sized"));
    close(again);
    map[1] = 'E';
    lseek(fd, 0, SEEK_SET);
    CALL(read(fd, byte, 3));
    puts(byte);
    CALL(read(fd, map + PAGE, 1)); /* the end of the file comes first */
    lseek(fd, 0, SEEK_SET);
    CALL(read(fd, map + PAGE, 1));
    close(fd);
    printf("%d\n", look(map + 1));
    CALL(munmap(map, 4 * PAGE));
}

static void permissions(void) {
    int fd = open("file", O_RDONLY);
    char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    TRUE(map != MAP_FAILED);
    TRUE(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    CALL(mprotect(map, PAGE, RW));
    int writer = open("file", O_WRONLY);
    TRUE(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, writer, 0) == MAP_FAILED && errno == EACCES);
    CALL((int)pwrite(writer, "W", 1, 0));
    printf("%c\n", map[0]);
    int both = open("file", O_RDWR);
    char *late = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, both, 0);
    CALL(mprotect(late, PAGE, RW));
    late[0] = 'L';
    printf("%c %c\n", map[0], at(fd, 0));
    char *moved = mremap(late, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    TRUE(moved != MAP_FAILED);
    printf("%c %c\n", moved[0], moved[PAGE + 2]);
    char *fixed = mmap(moved, PAGE, RW, MAP_SHARED | MAP_FIXED, both, PAGE);
    TRUE(fixed == moved);
    printf("%c %c\n", fixed[2], fixed[PAGE + 2]);
    CALL(madvise(fixed, 2 * PAGE, MADV_DONTNEED));
    printf("%c %c\n", fixed[2], map[0]);
}

static void named(void) {
    shm_unlink("/forklore-test"), sem_unlink("/forklore-full"), sem_unlink("/forklore-empty"); /* of a run that died */
    int object = shm_open("/forklore-test", O_CREAT | O_EXCL | O_RDWR, 0600);
    CALL(ftruncate(object, PAGE));
    char *text = mmap(NULL, PAGE, RW, MAP_SHARED, object, 0);
    sem_t *full = sem_open("/forklore-full", O_CREAT | O_EXCL, 0600, 0);
    sem_t *empty = sem_open("/forklore-empty", O_CREAT | O_EXCL, 0600, 1);
    TRUE(full != SEM_FAILED && empty != SEM_FAILED);
    pid_t child = fork();
    if (child == 0) {
        int own = shm_open("/forklore-test", O_RDONLY, 0);
        const char *seen = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, own, 0);
        for (int i = 0; i < 3; i++) {
            sem_wait(full);
            printf("consumed %s\n", seen);
            sem_post(empty);
        }
        fflush(stdout);
        _exit(0);
    }
    for (int i = 0; i < 3; i++) {
        sem_wait(empty);
        sprintf(text, "item %d", i);
        sem_post(full);
    }
    show_end("consumer", child);
    CALL(shm_unlink("/forklore-test"));
    CALL(sem_unlink("/forklore-full"));
    CALL(sem_unlink("/forklore-empty"));
}

static void busy(void) {
    char *arguments[] = {"./copy", NULL};
    char bytes[4096];
    int from = open("prog", O_RDONLY), to = open("copy", O_RDWR | O_CREAT, 0700);
    ssize_t size;
    while ((size = read(from, bytes, sizeof bytes)) > 0)
        write(to, bytes, (size_t)size);
    char *map = mmap(NULL, PAGE, RW, MAP_SHARED, to, 0);
    close(to);
    CALL(execv("copy", arguments));
    CALL(munmap(map, PAGE));
    to = open("copy", O_RDONLY);
    map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, to, 0);
    SHOW(map[0] == 127);
}

int main(void) {
    signal(SIGBUS, on_bus);
    one_file_two_views();
    sizes();
    permissions();
    fflush(stdout);
    named();
    busy();
    return 0;
}
