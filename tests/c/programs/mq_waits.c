/* POSIX message queues between processes: who waits for a message or for room, for how long, and what ends a wait. */
#include "show.h"
#include <mqueue.h>

static mqd_t queue;
static int ends[2];

/* A child that receives, or sends its name if it is to, and writes down what came of it. */
static pid_t start(char name, int sends) {
    pid_t child = fork();
    if (child == 0) {
        char line[64], text[20] = "";
        unsigned priority = 0;
        if ((sends ? mq_send(queue, &name, 1, 7) : mq_receive(queue, text, 20, &priority)) < 0)
            snprintf(line, sizeof line, "%c: %s", name, strerror(errno));
        else
            snprintf(line, sizeof line, "%c: %s %u", name, sends ? "sent" : text, priority);
        write(ends[1], line, sizeof line);
        _exit(0);
    }
    char state = 0, name_of_file[32], text[256];
    snprintf(name_of_file, sizeof name_of_file, "/proc/%d/stat", child);
    while (state != 'S') {
        pause_for(1);
        int fd = open(name_of_file, O_RDONLY);
        text[read(fd, text, sizeof text - 1)] = 0;
        close(fd);
        state = strrchr(text, ')')[2];
    }
    return child;
}

static void show_next(void) {
    char line[64];
    read(ends[0], line, sizeof line);
    wait(NULL);
    puts(line);
}

static void take(void) {
    char text[21] = "";
    unsigned priority;
    ssize_t size = mq_receive(queue, text, 20, &priority);
    printf("%d %.*s %u\n", (int)size, (int)size, text, priority);
}

static void in_turn(void) {
    start('a', 0), start('b', 0);
    CALL(mq_send(queue, "for a", 5, 1)), show_next();
    CALL(mq_send(queue, "for b", 5, 9)), show_next();
    struct mq_attr about;
    mq_getattr(queue, &about);
    SHOW(about.mq_curmsgs);
    mq_send(queue, "one", 3, 1), mq_send(queue, "two", 3, 9);
    start('c', 1), start('d', 1);
    take(), show_next();
    take(), show_next();
    take(), take();
}

static void for_a_time(void) {
    struct timespec past = {1000, 0}, wrong = {1000, 1000000000}, negative = {-1, 0}, soon;
    char text[20];
    CALL(mq_timedreceive(queue, text, 20, NULL, &past));
    CALL(mq_timedreceive(queue, text, 20, NULL, &wrong));
    CALL(mq_timedreceive(queue, text, 20, NULL, &negative));
    CALL(mq_timedreceive(99, text, 20, NULL, &negative));
    CALL(mq_timedsend(queue, "x", 1, 0, &wrong));
    CALL(mq_timedsend(queue, "x", 1, 0, &past));
    CALL(mq_timedreceive(queue, text, 20, NULL, &past));
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 3000000;
    if (soon.tv_nsec >= 1000000000)
        soon.tv_nsec -= 1000000000, soon.tv_sec++;
    long long begun = milliseconds(CLOCK_MONOTONIC);
    CALL(mq_timedreceive(queue, text, 20, NULL, &soon));
    TRUE(milliseconds(CLOCK_MONOTONIC) - begun >= 2);
    CALL(mq_send(queue, "x", 1, 0));
    CALL(mq_send(queue, "x", 1, 0));
    CALL(mq_timedsend(queue, "x", 1, 0, &soon));
    CALL(mq_timedsend(queue, "x", 1, 0, &past));
    take(), take();
}

static void handle(int signal) {
    char line[64] = "in a handler";
    write(ends[1], line, 64);
}

static void ended(void) {
    struct sigaction action = {.sa_handler = handle};
    int status;
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &action, NULL);
    kill(start('e', 0), SIGUSR1);
    char line[64];
    read(ends[0], line, 64), puts(line), show_next();
    kill(start('f', 0), SIGUSR2);
    read(ends[0], line, 64), puts(line);
    CALL(mq_send(queue, "restarted", 9, 2)), show_next();
    pid_t child = start('g', 0);
    kill(child, SIGSTOP), waitpid(child, &status, WUNTRACED), kill(child, SIGCONT);
    CALL(mq_send(queue, "goes on", 7, 2)), show_next();
    child = start('h', 0);
    kill(child, SIGKILL), waitpid(child, &status, 0);
    CALL(mq_send(queue, "not for h", 9, 2));
    take();
    start('i', 0);
    struct pollfd ready = {queue, POLLIN, 0};
    CALL(poll(&ready, 1, 0));
    CALL(mq_send(queue, "i had it", 8, 2));
    CALL(poll(&ready, 1, 0));
    show_next();
}

/* A child waits with poll, for which a message has to be in the queue. */
static int polls(void) {
    struct pollfd ready = {queue, POLLIN, 0};
    CALL(poll(&ready, 1, -1));
    SHOW(ready.revents);
    take();
    return 0;
}

int main(void) {
    struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 20};
    char name[64];
    snprintf(name, sizeof name, "/forklore.waits.%d", getpid());
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small);
    mq_unlink(name);
    pipe(ends);
    in_turn();
    for_a_time();
    ended();
    if (fork() == 0) {
        pause_for(2);
        mq_send(queue, "polled", 6, 3);
        _exit(0);
    }
    in_child("poller", polls);
    wait(NULL);
    return 0;
}
