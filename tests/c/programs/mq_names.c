/* POSIX message queues: names, permissions, limits, and when a queue is gone. */
#include "show.h"
#include <mqueue.h>

static char name[64], long_name[300];

static void opens(void) {
    CALL(mq_open(name, O_RDWR));
    CALL(mq_open("/", O_RDWR));
    CALL(mq_open("", O_RDWR));
    CALL(mq_open("//twice", O_RDWR | O_CREAT, 0600, NULL));
    CALL(mq_open("/in/side", O_RDWR | O_CREAT, 0600, NULL));
    CALL(mq_open("/.", O_RDWR | O_CREAT, 0600, NULL));
    CALL(mq_open("/..", O_RDWR));
    memset(long_name, 'n', 256);
    CALL(mq_open(long_name, O_RDWR | O_CREAT, 0600, NULL));
    CALL(mq_unlink(long_name));
    CALL(mq_unlink("/in/side"));
    CALL(mq_unlink(""));
    CALL(syscall(SYS_mq_open, 8, O_RDWR));
    CALL(syscall(SYS_mq_unlink, 8));
    CALL(syscall(SYS_mq_open, name + 1, O_RDWR | O_CREAT, 0600, 8));
}

static void sizes(void) {
    static const struct mq_attr wrong[] = {{.mq_maxmsg = 0, .mq_msgsize = 10}, {.mq_maxmsg = 10, .mq_msgsize = 0},
                                           {.mq_maxmsg = -1, .mq_msgsize = 10}, {.mq_maxmsg = 11, .mq_msgsize = 10},
                                           {.mq_maxmsg = 10, .mq_msgsize = 8193}};
    for (int i = 0; i < 5; i++) {
        struct mq_attr attributes = wrong[i];
        CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &attributes));
    }
    struct mq_attr attributes = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 10, .mq_msgsize = 8192, .mq_curmsgs = 5};
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
    mq_getattr(queue, &attributes);
    printf("%ld %ld %ld %ld\n", attributes.mq_flags, attributes.mq_maxmsg, attributes.mq_msgsize,
           attributes.mq_curmsgs);
    mq_close(queue), mq_unlink(name);
    struct rlimit few = {90000, 90000};
    setrlimit(RLIMIT_MSGQUEUE, &few);
    TRUE((queue = mq_open(name, O_RDWR | O_CREAT, 0600, NULL)) >= 0 || errno == EMFILE);
    if (queue >= 0) {
        mq_getattr(queue, &attributes);
        printf("%ld %ld\n", attributes.mq_maxmsg, attributes.mq_msgsize);
    }
    few.rlim_cur = few.rlim_max = 80000;
    setrlimit(RLIMIT_MSGQUEUE, &few);
    mq_close(queue), mq_unlink(name);
    CALL(mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
}

static void permissions(void) {
    struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 10};
    umask(027);
    mqd_t queue = mq_open(name, O_WRONLY | O_CREAT, 0666, &small);
    struct stat about;
    fstat(queue, &about);
    printf("%o\n", about.st_mode);
    CALL(fchmod(queue, 0200));
    CALL(mq_open(name, O_RDONLY));
    CALL(mq_open(name, O_RDWR));
    CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &small));
    CALL(mq_open(name, O_WRONLY | O_CREAT | O_EXCL, 0600, &small));
    CALL(mq_open(name, O_WRONLY | O_RDWR));
    mqd_t again = mq_open(name, O_WRONLY | O_CREAT, 0600, &small);
    TRUE(again > queue);
    CALL(mq_send(again, "x", 1, 0));
    CALL(mq_unlink(name));
    CALL(mq_open(name, O_WRONLY));
    mqd_t other = mq_open(name, O_RDONLY | O_CREAT | O_EXCL | O_NONBLOCK, 0400, &small);
    char text[10];
    CALL(mq_receive(other, text, 10, NULL));
    mq_unlink(name);
    execl("./prog", "prog", "again", NULL);
}

int main(int count, char **arguments) {
    if (count > 1) {
        CALL(fcntl(3, F_GETFD));
        CALL(fcntl(4, F_GETFD));
        return 0;
    }
    snprintf(name, sizeof name, "/forklore.names.%d", getpid());
    opens();
    sizes();
    permissions();
    return 1;
}
