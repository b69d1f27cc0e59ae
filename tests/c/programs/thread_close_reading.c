/* A descriptor that is closed while another thread is at it: what is under way goes on with what was open. */
#include "threads.h"
#include <sys/socket.h>

static int ends[2];
static _Atomic int sleeper;

static void *read_it(void *argument) {
    char buffer[20] = "";
    sleeper = gettid();
    int fd = ends[0];
    ssize_t count = read(fd, buffer, sizeof buffer - 1);
    printf("read %d: [%s]\n", (int)count, buffer);
    CALL(read(fd, buffer, 1)); /* the next */
    return NULL;
}

static void *write_much(void *argument) {
    static char buffer[200000];
    sleeper = gettid();
    int fd = ends[1];
    CALL(write(fd, buffer, sizeof buffer));
    CALL(write(fd, buffer, 1));
    return NULL;
}

static void *poll_it(void *argument) {
    sleeper = gettid();
    struct pollfd polled = {ends[0], POLLIN, 0};
    CALL(poll(&polled, 1, -1));
    TRUE(polled.revents == POLLNVAL); /* it looks again when something happens */
    polled.revents = 0;
    CALL(poll(&polled, 1, 0));
    TRUE(polled.revents == POLLNVAL);
    return NULL;
}

static void *receive_it(void *argument) {
    char buffer[20] = "";
    sleeper = gettid();
    int fd = ends[0];
    ssize_t count = recv(fd, buffer, sizeof buffer - 1, 0);
    printf("received %d: [%s]\n", (int)count, buffer);
    CALL(recv(fd, buffer, 1, 0));
    return NULL;
}

static pthread_t begin_asleep(void *(*function)(void *)) {
    sleeper = 0;
    pthread_t thread = begin(function, NULL);
    while (!sleeper)
        sched_yield();
    await_asleep(sleeper);
    return thread;
}

int main(void) {
    puts("closed while one reads");
    pipe(ends);
    pthread_t thread = begin_asleep(read_it);
    close(ends[0]);
    write(ends[1], "still there", 11);
    join(thread);

    puts("replaced while one reads");
    pipe(ends);
    thread = begin_asleep(read_it);
    int empty = open("/dev/null", O_RDONLY);
    dup2(empty, ends[0]);
    write(ends[1], "the old one", 11);
    join(thread);
    close(ends[0]);

    puts("closed while one writes");
    signal(SIGPIPE, SIG_IGN);
    pipe(ends);
    thread = begin_asleep(write_much);
    close(ends[1]);
    static char buffer[65536];
    long sum = 0;
    for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
        sum += count; /* until nobody has it */
    join(thread);
    SHOW(sum);

    puts("the reader is gone");
    pipe(ends);
    thread = begin_asleep(write_much);
    close(ends[0]);
    join(thread);

    puts("closed while one receives");
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    thread = begin_asleep(receive_it);
    close(ends[0]);
    write(ends[1], "over a socket", 13);
    join(thread);
    CALL(write(ends[1], "x", 1));
    close(ends[1]);

    puts("closed while one polls");
    pipe(ends);
    thread = begin_asleep(poll_it);
    close(ends[0]);
    write(ends[1], "x", 1);
    join(thread);
    return 0;
}
