/* Queues of messages between processes: who gets a message, who may send when there is room, what ends a wait, and what
   is told of a queue. */
#include "show.h"
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
    long type;
    char text[100];
};

static int queue, ends[2];

static int put(long type, const char *text) {
    struct message message = {type};
    strcpy(message.text, text);
    return msgsnd(queue, &message, strlen(text), 0);
}

/* A child that receives, or sends if SIZE is negative, and writes down what came of it. */
static pid_t start(char name, int size, long type, int flags) {
    pid_t child = fork();
    if (child == 0) {
        struct message message = {type, "from a child"};
        char line[64];
        ssize_t count = size < 0 ? msgsnd(queue, &message, -size, flags) : msgrcv(queue, &message, size, type, flags);
        if (count < 0)
            snprintf(line, sizeof line, "%c: %s", name, strerror(errno));
        else
            snprintf(line, sizeof line, "%c: %.*s (%ld)", name, size < 0 ? 4 : (int)count,
                     size < 0 ? "sent" : message.text, message.type);
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

/* Who of two goes on first is the system's affair. */
static void show_two(void) {
    char lines[2][64];
    read(ends[0], lines[0], 64), read(ends[0], lines[1], 64);
    wait(NULL), wait(NULL);
    int swapped = strcmp(lines[0], lines[1]) > 0;
    printf("%s\n%s\n", lines[swapped], lines[!swapped]);
}

static void show_queue(void) {
    struct msqid_ds about;
    CALL(msgctl(queue, IPC_STAT, &about));
    printf("%d messages, %d bytes; sent %d, by me %d; received %d, by me %d; mode %o\n", (int)about.msg_qnum,
           (int)about.msg_cbytes, about.msg_stime != 0, about.msg_lspid == getpid(), about.msg_rtime != 0,
           about.msg_lrpid == getpid(), about.msg_perm.mode);
}

static void handle(int signal) {
}

static void receivers(void) {
    start('a', 50, 2, 0), start('b', 50, 0, 0), start('c', 3, 0, 0), start('d', 3, 5, MSG_NOERROR);
    put(5, "for b, who is first"), show_next();
    put(5, "for d, since it is too long for c"), show_two();
    put(3, "for nobody");
    show_queue();
    put(2, "for a"), show_next();
    start('e', 50, -2, 0), start('f', 50, 3, MSG_EXCEPT);
    put(4, "for f"), show_next();
    put(1, "for e"), show_next();
    show_queue();
}

static void senders(void) {
    struct msqid_ds about;
    msgctl(queue, IPC_STAT, &about);
    about.msg_qbytes = 30;
    put(9, "some bytes");
    msgctl(queue, IPC_SET, &about);
    struct message message;
    start('g', -25, 6, 0), start('h', -15, 6, 0);
    CALL(msgrcv(queue, &message, 50, 3, 0));
    show_next();
    CALL(msgrcv(queue, &message, 50, 9, 0));
    CALL(msgrcv(queue, &message, 50, 6, 0));
    show_next();
    start('i', -6, 6, 0);
    about.msg_qbytes = 31;
    msgctl(queue, IPC_SET, &about);
    show_next();
    CALL(msgrcv(queue, &message, 50, 0, 0));
    CALL(msgrcv(queue, &message, 50, 0, 0));
}

static void ended(void) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    int status;
    sigaction(SIGUSR1, &action, NULL);
    kill(start('j', 50, 0, 0), SIGUSR1), show_next();
    pid_t child = start('k', 50, 0, 0);
    kill(child, SIGSTOP), waitpid(child, &status, WUNTRACED), kill(child, SIGCONT);
    put(1, "in spite of the stop"), show_next();
    start('l', 50, 0, 0);
    struct msqid_ds about;
    msgctl(queue, IPC_STAT, &about);
    about.msg_perm.mode = 0200;
    msgctl(queue, IPC_SET, &about), show_next();
    CALL(msgctl(queue, IPC_STAT, &about));
    about.msg_perm.mode = 0600, about.msg_qbytes = 0;
    msgctl(queue, IPC_SET, &about);
    start('m', 50, 0, 0);
    child = start('n', -5, 1, 0), start('o', -5, 1, 0);
    kill(child, SIGKILL), waitpid(child, &status, 0);
    CALL(msgctl(queue, IPC_RMID, NULL));
    show_two();
}

static void keys(key_t key) {
    struct msginfo limits;
    CALL(msgget(key, 0));
    queue = DONE(msgget(key, IPC_CREAT | IPC_EXCL | 0640));
    TRUE(msgget(key, IPC_CREAT | 0600) == queue && msgget(key, 0) == queue);
    CALL(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
    show_queue();
    TRUE(msgctl(0, IPC_INFO, (void *)&limits) >= queue % 32768);
    printf("%d %d %d %d\n", limits.msgmax, limits.msgmnb, limits.msgmni, limits.msgseg);
    put(1, "x");
    TRUE(msgctl(0, 12, (void *)&limits) >= queue % 32768 && limits.msgpool >= 1 && limits.msgmap >= 1);
    struct msqid_ds about;
    TRUE(msgctl(queue % 32768, 11, &about) == -1 || about.msg_qnum == 1);
    TRUE(msgctl(queue % 32768, 13 | (IPC_STAT & 0x100), &about) == queue && about.msg_qnum == 1);
    CALL(syscall(SYS_msgctl, queue, 2, 8));
    CALL(syscall(SYS_msgctl, queue, 0x102, &about));
    CALL(msgctl(queue, IPC_RMID, NULL));
    CALL(msgget(key, 0));
}

int main(void) {
    pipe(ends);
    keys(ftok("prog", 'q'));
    queue = msgget(IPC_PRIVATE, 0600);
    receivers();
    senders();
    ended();
    return 0;
}
