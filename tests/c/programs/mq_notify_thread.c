/* mq_notify with SIGEV_THREAD: the C library's thread calls a function when a message comes into an empty queue. */
#include "show.h"
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>

static char name[64];
static mqd_t queue;
static sem_t called;
static pthread_t first;

static void receive(union sigval value) {
    char text[21] = "";
    TRUE(!pthread_equal(pthread_self(), first));
    ssize_t size = mq_receive(queue, text, 20, NULL);
    printf("value %d: %.*s\n", value.sival_int, (int)size, text);
    sem_post(&called);
}

/* Told of nothing any more, since it has closed the queue. */
static int closes(void) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = receive};
    CALL(mq_notify(queue, &event));
    CALL(mq_close(queue));
    mqd_t again = mq_open(name, O_RDWR);
    CALL(mq_notify(again, &event));
    return 0;
}

static void by_hand(void) {
    char cookie[32] = "what a thread is told with", told[33] = "";
    int inbox = socket(AF_NETLINK, SOCK_RAW, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_signo = inbox, .sigev_value.sival_ptr = cookie};
    CALL(syscall(SYS_mq_notify, queue, &event));
    mq_send(queue, "x", 1, 0);
    CALL(recv(inbox, told, 32, 0));
    printf("%s %d\n", told, told[31]);
    mq_receive(queue, told, 20, NULL);
    CALL(syscall(SYS_mq_notify, queue, &event));
    CALL(mq_notify(queue, NULL));
    CALL(recv(inbox, told, 32, 0));
    SHOW(told[31]);
    CALL(recv(inbox, told, 32, MSG_DONTWAIT));
    CALL(syscall(SYS_mq_notify, queue, &event));
    close(inbox);
    CALL(mq_send(queue, "x", 1, 0));
    event.sigev_signo = other;
    CALL(syscall(SYS_mq_notify, queue, &event));
    event.sigev_signo = queue;
    CALL(syscall(SYS_mq_notify, queue, &event));
    event.sigev_signo = 99;
    CALL(syscall(SYS_mq_notify, queue, &event));
    event.sigev_value.sival_ptr = (void *)8;
    CALL(syscall(SYS_mq_notify, queue, &event));
}

int main(void) {
    struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 20};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = receive};
    first = pthread_self();
    sem_init(&called, 0, 0);
    snprintf(name, sizeof name, "/forklore.thread.%d", getpid());
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small);
    for (int i = 0; i < 2; i++) {
        event.sigev_value.sival_int = 42 + i;
        CALL(mq_notify(queue, &event));
        CALL(mq_notify(queue, &event));
        mq_send(queue, i ? "two" : "one", 3, 0);
        sem_wait(&called);
    }
    in_child("closer", closes);
    CALL(mq_notify(99, &event));
    by_hand();
    CALL(mq_unlink(name));
    return 0;
}
