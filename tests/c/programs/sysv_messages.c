/* Queues of messages in one process: types, what is taken first, room, and what is refused. */
#include "show.h"
#include <sys/msg.h>

#define MSG_COPY 040000

struct message {
    long type;
    char text[9000];
};

static int queue;

static int put(long type, const char *text, int flags) {
    struct message message = {type};
    strcpy(message.text, text);
    return msgsnd(queue, &message, strlen(text), flags);
}

static void take(size_t size, long type, int flags) {
    struct message message = {0};
    memset(message.text, '~', 20);
    ssize_t count = msgrcv(queue, &message, size, type, flags | IPC_NOWAIT);
    if (count < 0)
        printf("%d bytes of type %ld, flags %o: %s\n", (int)size, type, flags, strerror(errno));
    else
        printf("%d bytes of type %ld, flags %o: %ld %d %.12s\n", (int)size, type, flags, message.type, (int)count,
               message.text);
}

static void types(void) {
    static const char *const texts[] = {"one", "two", "three", "four", "five", "six", "seven"};
    static const long kinds[] = {3, 1, 2, 5, 2, 1, 0x7fffffff};
    for (int i = 0; i < 7; i++)
        CALL(put(kinds[i], texts[i], 0));
    take(20, 4, 0);
    take(20, 2, 0);
    take(20, -4, 0);
    take(20, 3, MSG_EXCEPT);
    take(20, -1, 0);
    take(20, -1, 0);
    take(3, 0, 0);
    take(20, 0, 0);
    take(20, INT_MIN, 0);
    take(20, -0x7fffffff, 0);
    take(20, 0, 0);
    put(1, "a long one", 0);
    take(3, 0, 0);
    take(3, 1, MSG_COPY);
    take(20, 0, MSG_COPY);
    take(20, 1, MSG_COPY);
    take(20, -1, MSG_COPY);
    take(3, 0, MSG_COPY | MSG_NOERROR);
    take(3, 0, MSG_COPY);
    take(20, 0, MSG_COPY | MSG_EXCEPT);
    take(3, 0, MSG_NOERROR);
    take(20, 0, 0);
    put(1, "", 0);
    take(0, 0, 0);
}

static void room(void) {
    static struct message message = {1};
    struct msqid_ds about;
    CALL(msgsnd(queue, &message, 8193, 0));
    CALL(msgsnd(queue, &message, 8192, 0));
    CALL(msgsnd(queue, &message, 8191, 0));
    CALL(msgsnd(queue, &message, 2, IPC_NOWAIT));
    CALL(msgsnd(queue, &message, 1, IPC_NOWAIT));
    CALL(msgsnd(queue, &message, 0, IPC_NOWAIT));
    CALL(msgsnd(queue, &message, 1, IPC_NOWAIT));
    msgctl(queue, IPC_STAT, &about);
    printf("%d messages, %d bytes of %d\n", (int)about.msg_qnum, (int)about.msg_cbytes, (int)about.msg_qbytes);
    about.msg_qbytes = 3;
    CALL(msgctl(queue, IPC_SET, &about));
    while (msgrcv(queue, &message, 8192, 0, IPC_NOWAIT) >= 0)
        continue;
    CALL(put(1, "four", IPC_NOWAIT));
    for (int i = 0; i < 4; i++)
        CALL(put(1, "", IPC_NOWAIT));
    about.msg_qbytes = 16384;
    CALL(msgctl(queue, IPC_SET, &about));
    about.msg_qbytes = 16385;
    CALL(msgctl(queue, IPC_SET, &about));
}

static void refused(void) {
    struct message message = {1, "x"};
    CALL(msgrcv(queue, &message, 10, 0, MSG_COPY));
    CALL(msgrcv(queue, &message, (size_t)-1, 0, IPC_NOWAIT));
    CALL(msgrcv(-1, &message, 10, 0, IPC_NOWAIT));
    CALL(msgrcv(queue + 32768, &message, 10, 0, IPC_NOWAIT));
    CALL(msgsnd(queue, (void *)8, 1, 0));
    CALL(msgsnd(-1, &message, 1, 0));
    CALL(msgsnd(queue + 32768, &message, 1, 0));
    CALL(msgsnd(queue, &message, (size_t)-1, 0));
    CALL(put(0, "x", 0));
    CALL(put(-1, "x", 0));
    CALL(msgrcv(queue, (void *)8, 10, 0, IPC_NOWAIT));
    CALL(msgctl(queue, 99, NULL));
    CALL(msgctl(-1, IPC_RMID, NULL));
}

int main(void) {
    queue = DONE(msgget(IPC_PRIVATE, 0600));
    types();
    room();
    refused();
    CALL(msgctl(queue, IPC_RMID, NULL));
    CALL(msgctl(queue, IPC_RMID, NULL));
    CALL(put(1, "x", 0));
    return 0;
}
