/* Threads that share sets, counters and signals that are files. */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "show.h"

static int set, counter, done, signals;
static int handled[8], served, sum;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void enter(int fd, unsigned events, int data) {
    struct epoll_event event = {events, {.u32 = data}};
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
        printf("epoll_ctl: %s\n", strerror(errno));
}

static void *wait_for_one(void *unused) {
    struct epoll_event event;
    int count = epoll_wait(set, &event, 1, -1);
    eventfd_write(done, 1);
    return (void *)(long)(1000 * count + event.data.u32);
}

/* Each event of a file goes to one thread, which arms it again once it has dealt with it. */
static void *work(void *fds) {
    for (;;) {
        struct epoll_event event;
        eventfd_t value;
        if (epoll_wait(set, &event, 1, -1) != 1)
            return "wrong";
        if (event.data.u32 == 99)
            return NULL;
        int fd = ((int *)fds)[event.data.u32];
        eventfd_read(fd, &value);
        pthread_mutex_lock(&lock);
        handled[event.data.u32] += value;
        served += value;
        int is_last = served == 40;
        pthread_mutex_unlock(&lock);
        event.events = EPOLLIN | EPOLLONESHOT;
        epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
        if (is_last)
            eventfd_write(done, 1);
    }
}

static void *take_one(void *unused) {
    eventfd_t value;
    eventfd_read(counter, &value);
    __atomic_add_fetch(&sum, (int)value, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *read_signal(void *unused) {
    struct signalfd_siginfo record;
    eventfd_write(done, 1);
    CALL(read(signals, &record, sizeof record) == sizeof record);
    SHOW(record.ssi_signo);
    return NULL;
}

int main(void) {
    eventfd_t value;
    pthread_t threads[4];
    void *result;
    set = epoll_create1(0);
    done = eventfd(0, 0);

    /* What comes into the set is told to who waits already. */
    pthread_create(&threads[0], NULL, wait_for_one, NULL);
    pause_for(20);
    enter(eventfd(1, 0), EPOLLIN | EPOLLONESHOT, 77);
    eventfd_read(done, &value);
    pthread_join(threads[0], &result);
    SHOW((long)result);
    pthread_create(&threads[0], NULL, wait_for_one, NULL);
    pause_for(20);
    int late = eventfd(0, 0);
    enter(late, 0, 78);
    eventfd_write(late, 1);
    pause_for(20);
    struct epoll_event event = {EPOLLIN | EPOLLET, {.u32 = 79}};
    epoll_ctl(set, EPOLL_CTL_MOD, late, &event);
    eventfd_read(done, &value);
    pthread_join(threads[0], &result);
    SHOW((long)result);
    DONE(epoll_ctl(set, EPOLL_CTL_DEL, late, NULL));

    int fds[8];
    for (int i = 0; i < 8; i++) {
        fds[i] = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
        enter(fds[i], EPOLLIN | EPOLLONESHOT, i);
    }
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, fds);
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < 8; i++)
            eventfd_write(fds[i], 1);
    eventfd_read(done, &value);
    enter(eventfd(1, 0), EPOLLIN, 99);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        printf("thread: %s\n", result ? (char *)result : "done");
    }
    for (int i = 0; i < 8; i++)
        printf("%d ", handled[i]);
    printf("of %d\n", served);

    counter = eventfd(0, EFD_SEMAPHORE);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, take_one, NULL);
    eventfd_write(counter, 3);
    pause_for(20);
    SHOW(sum);
    eventfd_write(counter, 1);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    SHOW(sum);

    /* A thread reads what is sent to it or to the process, not what is sent to another thread. */
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    signals = signalfd(-1, &usr1, SFD_NONBLOCK);
    pthread_kill(pthread_self(), SIGUSR1);
    fcntl(signals, F_SETFL, 0);
    pthread_create(&threads[0], NULL, read_signal, NULL);
    eventfd_read(done, &value);
    pause_for(20);
    struct pollfd poller = {signals, POLLIN, 0};
    CALL(poll(&poller, 1, 0));
    pthread_kill(threads[0], SIGUSR1);
    pthread_join(threads[0], NULL);
    CALL(poll(&poller, 1, 0));
    pthread_create(&threads[0], NULL, read_signal, NULL);
    eventfd_read(done, &value);
    struct signalfd_siginfo record;
    CALL(read(signals, &record, sizeof record) == sizeof record);
    CALL(poll(&poller, 1, 0));
    kill(getpid(), SIGUSR1);
    pthread_join(threads[0], NULL);
    return 0;
}
