/* Shared memory with names: shm_open finds and makes it, processes map it by name, and it is there until the last of
   them has gone. */
#include "show.h"

static char name[64], long_name[300];

static int *map(int object, int protection) {
    int *place = mmap(NULL, 4096, protection, MAP_SHARED, object, 0);
    return place == MAP_FAILED ? NULL : place;
}

static int adds(void) {
    int object = shm_open(name, O_RDWR, 0);
    int *place = map(object, PROT_READ | PROT_WRITE);
    close(object);
    place[0] += 35;
    place[1000] = 8;
    return 0;
}

static int only_reads(void) {
    int object = shm_open(name, O_RDONLY, 0);
    TRUE(map(object, PROT_READ | PROT_WRITE) == NULL && errno == EACCES);
    int *place = map(object, PROT_READ);
    CALL(write(object, "x", 1));
    CALL(ftruncate(object, 10));
    printf("%d %d\n", place[0], place[1000]);
    return 0;
}

static int executes(void) {
    return execl("./prog", "prog", name, NULL);
}

int main(int count, char **arguments) {
    if (count > 1) {
        int *place = map(shm_open(arguments[1], O_RDWR, 0), PROT_READ | PROT_WRITE);
        printf("after exec: %d\n", place[0]++);
        return 0;
    }
    snprintf(name, sizeof name, "/forklore.memory.%d", getpid());
    memset(long_name, 'n', 299);
    CALL(shm_open(name, O_RDWR, 0600));
    CALL(shm_open(long_name, O_RDWR | O_CREAT, 0600));
    CALL(shm_open("/for/klore", O_RDWR | O_CREAT, 0600));
    CALL(shm_open("/..", O_RDWR | O_CREAT, 0600));
    CALL(shm_unlink(name));
    umask(027);
    int object = DONE(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0666));
    CALL(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL(fcntl(object, F_GETFD));
    struct stat about;
    fstat(object, &about);
    printf("%o, %d bytes, %d name\n", about.st_mode, (int)about.st_size, (int)about.st_nlink);
    CALL(ftruncate(object, 4096));
    int *place = map(object, PROT_READ | PROT_WRITE);
    CALL(place[0]);
    place[0] = 7;
    in_child("adder", adds);
    printf("%d %d\n", place[0], place[1000]);
    in_child("reader", only_reads);
    in_child("executed", executes);
    CALL(place[0]);
    CALL(shm_unlink(name));
    CALL(shm_open(name, O_RDWR, 0600));
    fstat(object, &about);
    printf("%d bytes, %d names\n", (int)about.st_size, (int)about.st_nlink);
    close(object);
    CALL(place[0]);
    int again = DONE(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0400));
    CALL(shm_open(name, O_RDWR, 0));
    int reader = DONE(shm_open(name, O_RDONLY | O_CREAT, 0));
    CALL(shm_open(name, O_RDWR | O_TRUNC, 0));
    CALL(close(again) | close(reader));
    CALL(shm_unlink(name));
    return 0;
}
