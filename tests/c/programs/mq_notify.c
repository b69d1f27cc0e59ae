/* mq_notify: a process is told of the message that comes into an empty queue, once, if nobody waits for it. */
#include "show.h"
#include <mqueue.h>

static char name[64];
static mqd_t queue;
static volatile sig_atomic_t told;

static void handle(int signal, siginfo_t *info, void *context) {
    printf("signal %d, code %d, value %d, from %s\n", signal, info->si_code, info->si_value.sival_int,
           info->si_pid == getpid() ? "me" : "another");
    TRUE(info->si_uid == getuid());
    told = 1;
}

static void send_from_a_child(const char *text) {
    pid_t child = fork();
    if (child == 0)
        _exit(mq_send(queue, text, strlen(text), 0) != 0);
    waitpid(child, NULL, 0);
}

static void take(void) {
    char text[21] = "";
    ssize_t size = mq_receive(queue, text, 20, NULL);
    printf("%.*s\n", size < 0 ? 4 : (int)size, size < 0 ? "none" : text);
}

static void show_owner(void) {
    char text[100] = "", *pid;
    pread(queue, text, 99, 0);
    pid = strstr(text, "NOTIFY_PID:");
    long owner = strtol(pid + 11, NULL, 10);
    *pid = 0;
    printf("%s%s\n", text, owner == getpid() ? "me" : owner ? "another" : "nobody");
}

static void by_signal(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
    CALL(mq_notify(queue, &event));
    show_owner();
    CALL(mq_notify(queue, &event));
    send_from_a_child("first");
    SHOW(told);
    show_owner();
    told = 0;
    CALL(mq_notify(queue, &event));
    send_from_a_child("second");
    SHOW(told);
    take(), take();
    event.sigev_signo = SIGUSR2, event.sigev_value.sival_int = 7;
    CALL(mq_send(queue, "third", 5, 0));
    SHOW(told);
    take();
    CALL(mq_notify(queue, NULL));
    CALL(mq_notify(queue, NULL));
    CALL(mq_notify(queue, &event));
    CALL(mq_send(queue, "fourth", 6, 0));
    SHOW(told);
    take();
}

static int has_no_part_in_it(void) {
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    CALL(mq_notify(queue, NULL));
    CALL(mq_notify(queue, &event));
    show_owner();
    mq_close(queue);
    return 0;
}

static void by_nothing(void) {
    struct sigevent event = {.sigev_notify = SIGEV_NONE, .sigev_signo = SIGUSR1};
    CALL(mq_notify(queue, &event));
    show_owner();
    in_child("child", has_no_part_in_it);
    show_owner();
    CALL(mq_close(dup(queue)));
    show_owner();
    mqd_t other = mq_open(name, O_RDONLY);
    CALL(mq_notify(queue, &event));
    mq_close(other);
    show_owner();
    CALL(mq_notify(queue, &event));
    send_from_a_child("fifth");
    show_owner();
    take();
}

/* Whoever waits for the message has it before anybody is told of it. */
static void of_what_nobody_waits_for(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    CALL(mq_notify(queue, &event));
    fcntl(queue, F_SETFL, 0);
    pid_t child = fork();
    if (child == 0) {
        take();
        _exit(0);
    }
    pause_for(20);
    mq_send(queue, "for who waits", 13, 0);
    waitpid(child, NULL, 0);
    fcntl(queue, F_SETFL, O_NONBLOCK);
    show_owner();
    event.sigev_notify = SIGEV_NONE;
    child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    show_owner();
}

static void refused(void) {
    struct sigevent event = {.sigev_notify = 9};
    CALL(mq_notify(queue, &event));
    event.sigev_notify = SIGEV_SIGNAL, event.sigev_signo = 65;
    CALL(mq_notify(queue, &event));
    event.sigev_signo = -1;
    CALL(mq_notify(queue, &event));
    event.sigev_signo = SIGUSR1;
    CALL(mq_notify(99, &event));
    CALL(mq_notify(1, NULL));
    CALL(syscall(SYS_mq_notify, queue, 8));
}

int main(void) {
    struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 20};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL), sigaction(SIGUSR2, &action, NULL);
    snprintf(name, sizeof name, "/forklore.notify.%d", getpid());
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &small);
    by_signal();
    by_nothing();
    of_what_nobody_waits_for();
    refused();
    CALL(mq_unlink(name));
    return 0;
}
