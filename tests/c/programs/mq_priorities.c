/* POSIX message queues in one process: priorities, attributes, sizes, descriptors, and what is refused. */
#include "show.h"
#include <mqueue.h>

static char name[64];
static mqd_t queue;

static void show_attributes(mqd_t which) {
    struct mq_attr attributes;
    CALL(mq_getattr(which, &attributes));
    printf("flags %lo, %ld messages of %ld bytes, %ld in it\n", attributes.mq_flags, attributes.mq_maxmsg,
           attributes.mq_msgsize, attributes.mq_curmsgs);
}

static void take(void) {
    char text[65] = "";
    unsigned priority = 77;
    ssize_t size = mq_receive(queue, text, 64, &priority);
    printf("%d %u %s\n", (int)size, priority, size < 0 ? strerror(errno) : text);
}

static void priorities(void) {
    CALL(mq_send(queue, "low", 3, 1));
    CALL(mq_send(queue, "high", 4, 32767));
    CALL(mq_send(queue, "first of the middle", 19, 5));
    CALL(mq_send(queue, "second of the middle", 20, 5));
    CALL(mq_send(queue, "too many", 8, 9));
    CALL(mq_send(queue, "no such priority", 16, 32768));
    show_attributes(queue);
    take(), take(), take();
    CALL(mq_send(queue, "", 0, 0));
    take(), take(), take();
    char text[65];
    CALL(mq_send(queue, name, 65, 0));
    CALL(mq_receive(queue, text, 63, NULL));
    CALL(mq_send(queue, (void *)8, 3, 0));
    CALL(mq_send(queue, "x", 1, 3));
    CALL(mq_receive(queue, text, 64, NULL));
    CALL(mq_send(queue, "x", 1, 3));
    CALL(mq_receive(queue, (void *)8, 64, NULL));
    take();
}

static void attributes(void) {
    struct mq_attr given = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 99, .mq_msgsize = 99}, former;
    mqd_t reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY);
    show_attributes(reader);
    CALL(mq_setattr(reader, &given, &former));
    SHOW(former.mq_flags);
    show_attributes(reader);
    SHOW(fcntl(reader, F_GETFL) & ~0100000);
    CALL(fcntl(reader, F_GETFD));
    given.mq_flags = 1;
    CALL(mq_setattr(reader, &given, NULL));
    char text[65];
    CALL(mq_receive(reader, text, 64, NULL));
    CALL(mq_receive(writer, text, 64, NULL));
    CALL(mq_send(reader, "x", 1, 0));
    CALL(fcntl(reader, F_SETFL, 0));
    show_attributes(reader);
    CALL(mq_send(99, "x", 1, 0));
    CALL(mq_send(1, "x", 1, 0));
    CALL(mq_getattr(0, &former));
    CALL(mq_close(reader));
    CALL(mq_close(reader));
    mq_close(writer);
}

/* It is a file as well, which tells about it. */
static void as_a_file(void) {
    char text[100] = "";
    struct stat about;
    fstat(queue, &about);
    printf("%o %d\n", about.st_mode, (int)about.st_size);
    mq_send(queue, "seven..", 7, 0), mq_send(queue, "five.", 5, 1);
    CALL(pread(queue, text, 99, 0));
    text[strcspn(text, "P")] = 0;
    printf("[%s]\n", text);
    CALL(read(queue, text, 5));
    CALL(lseek(queue, 0, SEEK_CUR));
    CALL(write(queue, "x", 1));
    CALL((long)mmap(NULL, 80, PROT_READ, MAP_PRIVATE, queue, 0));
    struct pollfd wait = {queue, POLLIN | POLLOUT, 0};
    CALL(poll(&wait, 1, 0));
    SHOW(wait.revents);
    mq_send(queue, "x", 1, 0), mq_send(queue, "x", 1, 0);
    CALL(poll(&wait, 1, 0));
    SHOW(wait.revents);
    take(), take(), take(), take();
    CALL(poll(&wait, 1, 0));
    SHOW(wait.revents);
}

int main(void) {
    struct mq_attr small = {.mq_maxmsg = 4, .mq_msgsize = 64};
    snprintf(name, sizeof name, "/forklore.priorities.%d", getpid());
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &small);
    SHOW(queue);
    priorities();
    attributes();
    as_a_file();
    CALL(mq_unlink(name));
    CALL(mq_unlink(name));
    CALL(mq_send(queue, "still there", 11, 0));
    take();
    return 0;
}
