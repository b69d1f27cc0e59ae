/* eventfd: counters and semaphores, their bounds and errors, and what else one can do with such a descriptor. */
#include <sys/eventfd.h>
#include <sys/sendfile.h>

#include "show.h"

static void show_value(int fd) {
    eventfd_t value = 0;
    if (eventfd_read(fd, &value))
        printf("read: %s\n", strerror(errno));
    else
        printf("read: %llu\n", (unsigned long long)value);
}

static void show_poll(int fd) {
    struct pollfd poller = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, 0};
    CALL(poll(&poller, 1, 0));
    printf("poll: %s%s%x\n", poller.revents & POLLIN ? "in " : "", poller.revents & POLLOUT ? "out " : "",
           poller.revents & ~(POLLIN | POLLOUT));
}

static void counts(void) {
    int fd = eventfd(3, EFD_NONBLOCK);
    unsigned long long value = 0, pair[2] = {1, 2};
    char text[100];
    show_poll(fd);
    show_value(fd);
    show_poll(fd);
    show_value(fd);
    CALL(eventfd_write(fd, 0));
    show_value(fd);
    CALL(eventfd_write(fd, 5));
    CALL(eventfd_write(fd, 6));
    show_value(fd);
    CALL(eventfd_write(fd, 0xffffffffffffffff));
    CALL(eventfd_write(fd, 0xfffffffffffffffe));
    show_poll(fd);
    CALL(eventfd_write(fd, 1));
    CALL(eventfd_write(fd, 0));
    show_value(fd);
    CALL(eventfd_write(fd, 0xfffffffffffffffd));
    show_poll(fd);
    CALL(write(fd, pair, 16));
    CALL(write(fd, pair, 7));
    CALL(write(fd, pair, 0));
    CALL(read(fd, &value, 7));
    CALL(read(fd, &value, 0));
    CALL(read(fd, text, sizeof text));
    CALL(eventfd_write(fd, 9));
    struct iovec halves[] = {{&value, 4}, {(char *)&value + 4, 4}};
    CALL(readv(fd, halves, 2));
    SHOW(value);
    CALL(write(fd, (void *)8, 8));
    CALL(readv(fd, NULL, 0));
    CALL(writev(fd, NULL, 0));
    CALL(sendfile(fd, open("prog", O_RDONLY), NULL, 8));
    CALL(lseek(fd, 5, SEEK_SET));
    CALL(pread(fd, &value, 8, 0));
    CALL(pwrite(fd, &value, 8, 0));
    CALL(ftruncate(fd, 0));
    CALL(fsync(fd));
    SHOW(fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
    SHOW(fcntl(fd, F_GETFD));
    struct stat status;
    CALL(fstat(fd, &status));
    printf("mode %o, %lld bytes\n", status.st_mode, (long long)status.st_size);
    char path[40], where[40] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    readlink(path, where, sizeof where - 1);
    puts(where);
    CALL(open(path, O_RDWR));
    CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    close(fd);
}

static void semaphore(void) {
    int fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    SHOW(fcntl(fd, F_GETFD));
    show_value(fd);
    CALL(eventfd_write(fd, 1));
    show_value(fd);
    show_value(fd);
    show_value(fd);
    close(fd);
}

static int child_waits(void) {
    int fd = eventfd(0, 0), back = eventfd(0, EFD_SEMAPHORE);
    pid_t child = fork();
    if (child == 0) {
        pause_for(30);
        eventfd_write(fd, 7);
        show_value(back);
        show_value(back);
        eventfd_write(fd, 0xfffffffffffffffe);
        eventfd_write(fd, 1); /* waits until that is read */
        eventfd_write(back, 1);
        _exit(0);
    }
    show_value(fd);
    eventfd_write(back, 2);
    pause_for(60);
    show_value(fd);
    show_value(back);
    show_value(fd);
    show_end("child", child);
    return 0;
}

static void handler(int number) { printf("signal %d\n", number); }

int main(void) {
    CALL(eventfd(0, 0x40));
    CALL(eventfd(0, O_APPEND));
    counts();
    semaphore();
    child_waits();
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = handler}, NULL);
    int fd = eventfd(0, 0);
    alarm(1);
    show_value(fd);
    return 0;
}
