/* Threads that nobody joins: detached at the start, later, by themselves; and a first thread that ends before them. */
#include "threads.h"

static steps done, gate;

static void *count(void *argument) {
    step(&done);
    return NULL;
}

static void *detach_itself(void *argument) {
    GIVES(pthread_detach(pthread_self()));
    step(&done);
    return NULL;
}

static void *wait_at_gate(void *argument) {
    await(&gate, 1);
    step(&done);
    return NULL;
}

static void *outlive(void *argument) {
    await_asleep(getpid()); /* which it is until its last */
    step(&gate);
    pthread_t first = *(pthread_t *)argument;
    SHOW(join(first));
    puts("the last thread ends the process");
    return (void *)5;
}

static int first_ends(void) {
    static pthread_t self;
    self = pthread_self();
    begin(outlive, &self);
    await(&gate, 1);
    pthread_exit((void *)88);
}

static int last_of_many(void) {
    for (int i = 0; i < 5; i++)
        pthread_detach(begin(wait_at_gate, NULL));
    step(&gate);
    pthread_exit(NULL);
}

static void at_exit(void) {
    puts("at exit");
}

int main(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    int state = -1;
    pthread_attr_init(&attributes);
    pthread_attr_getdetachstate(&attributes, &state);
    TRUE(state == PTHREAD_CREATE_JOINABLE);
    GIVES(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
    GIVES(pthread_attr_setdetachstate(&attributes, 7));
    pthread_attr_getdetachstate(&attributes, &state);
    TRUE(state == PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread, &attributes, count, NULL);
    await(&done, 4);

    begin(detach_itself, NULL);
    await(&done, 5);

    thread = begin(wait_at_gate, NULL);
    GIVES(pthread_detach(thread));
    step(&gate);
    await(&done, 6);

    thread = begin(count, NULL); /* detached after it has ended, probably */
    await(&done, 7);
    GIVES(pthread_detach(thread));

    gate = 0;
    atexit(at_exit);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        return first_ends();
    show_end("first ended before the last", child);
    child = fork();
    if (child == 0)
        return last_of_many();
    show_end("five detached", child);
    SHOW(done);
    return 0;
}
