/* poll: what a pipe says in each of its states. */
#include "show.h"

static void look(const char *what, int fd, short events) {
    struct pollfd poller = {fd, events, -1};
    int result = poll(&poller, 1, 0);
    printf("%s: %d, revents %x\n", what, result, poller.revents);
}

int main(void) {
    int ends[2];
    static char data[70000];
    enum { ALL = POLLIN | POLLOUT | POLLPRI };
    pipe2(ends, O_NONBLOCK);
    look("empty, reading end", ends[0], ALL);
    look("empty, writing end", ends[1], ALL);
    look("nothing asked", ends[0], 0);
    write(ends[1], "x", 1);
    look("a byte", ends[0], ALL);
    look("a byte, asked for output", ends[0], POLLOUT);
    while (write(ends[1], data, 4096) > 0)
        ;
    look("full", ends[1], ALL);
    read(ends[0], data, 70000);
    look("emptied", ends[1], ALL);
    write(ends[1], "y", 1);
    int writer = dup(ends[1]);
    close(ends[1]);
    look("one writer left", ends[0], ALL);
    close(writer);
    look("no writer, a byte", ends[0], ALL);
    read(ends[0], data, 10);
    look("no writer", ends[0], ALL);
    look("no writer, nothing asked", ends[0], 0);
    pipe(ends);
    close(ends[0]);
    look("no reader", ends[1], ALL);
    look("closed", 77, ALL);
    look("negative", -1, ALL);
    look("a file", open("prog", O_RDONLY), ALL);
    look("a directory", open(".", O_RDONLY), ALL);
    look("null", open("/dev/null", O_RDWR), ALL);
    struct pollfd many[3] = {{ends[1], POLLOUT, 0}, {77, POLLIN, 0}, {-5, POLLIN, 9}};
    CALL(poll(many, 3, 1000));
    printf("%x %x %x\n", many[0].revents, many[1].revents, many[2].revents);
    CALL(poll(NULL, 0, 0));
    CALL(poll((void *)8, 1, 0));
    CALL(poll(many, 100000, 0));
    return 0;
}
