/* What threads have in common beside memory: directory, umask, descriptors, offsets, limits, session, process group. */
#include "threads.h"

static int ends[2], file;
static steps turn;

static void *change_place(void *argument) {
    CALL(mkdir("below", 0700));
    CALL(chdir("below"));
    CALL(umask(0137));
    return NULL;
}

static void *change_descriptors(void *argument) {
    file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0666);
    CALL(write(file, "some text", 9));
    CALL(lseek(file, 5, SEEK_SET));
    CALL(dup2(file, 50));
    CALL(fcntl(file, F_SETFD, FD_CLOEXEC));
    CALL(close(ends[1]));
    return NULL;
}

static void *change_process(void *argument) {
    CALL(setpgid(0, 0));
    CALL(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000}));
    CALL(setenv("VARIABLE", "value", 1));
    signal(SIGALRM, SIG_IGN);
    CALL(alarm(100));
    return NULL;
}

static void *change_memory(void *argument) {
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(page, "mapped by a thread");
    mprotect(page, 4096, PROT_READ);
    return page;
}

static void *read_when_there(void *argument) {
    char buffer[10] = "";
    step(&turn);
    ssize_t count = read(*(int *)argument, buffer, 9);
    printf("read %d: [%s]\n", (int)count, buffer);
    return NULL;
}

static void *append(void *argument) {
    for (int i = 0; i < 20; i++)
        write(file, argument, 4);
    return NULL;
}

int main(void) {
    char path[4096];
    struct stat status;
    struct rlimit limit;
    join(begin(change_place, NULL));
    puts(strrchr(getcwd(path, sizeof path), '/'));

    pipe(ends);
    join(begin(change_descriptors, NULL));
    CALL(fcntl(ends[1], F_GETFD));
    CALL(read(ends[0], path, 1)); /* nobody can write any more */
    CALL(fcntl(file, F_GETFD));
    show_read(50, 100);
    CALL(lseek(file, 0, SEEK_CUR));
    CALL(fstat(file, &status));
    printf("mode %03o\n", (unsigned)status.st_mode & 0777);
    CALL(umask(022));

    int before = (int)getpgid(0) == getpid();
    join(begin(change_process, NULL));
    printf("leads its group: %d, %d\n", before, getpgid(0) == getpid());
    CALL(getrlimit(RLIMIT_FSIZE, &limit));
    SHOW(limit.rlim_cur);
    puts(getenv("VARIABLE"));
    TRUE(alarm(0) > 90);

    char *page = (char *)join(begin(change_memory, NULL));
    puts(page);
    munmap(page, 4096);

    pipe(ends);
    pthread_t reader = begin(read_when_there, &ends[0]);
    await(&turn, 1);
    write(ends[1], "hello", 5);
    join(reader);

    ftruncate(file, 0);
    lseek(file, 0, SEEK_SET);
    pthread_t first = begin(append, "abc\n"), second = begin(append, "xyz\n");
    join(first);
    join(second);
    int letters[2] = {0, 0};
    char text[200];
    ssize_t count = pread(file, text, sizeof text, 0);
    for (ssize_t i = 0; i < count; i += 4) /* each write is whole */
        letters[0] += memcmp(text + i, "abc\n", 4) == 0, letters[1] += memcmp(text + i, "xyz\n", 4) == 0;
    printf("%d bytes, %d and %d lines\n", (int)count, letters[0], letters[1]);
    unlink("file");
    chdir("..");
    CALL(rmdir("below"));
    return 0;
}
