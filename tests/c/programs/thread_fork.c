/* fork in a process with threads: the one that calls it lives on alone, with memory as it was: locks that are held too. */
#include "threads.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, free_one = PTHREAD_MUTEX_INITIALIZER;
static __thread int local = 5;
static steps ready, gate, spins;
static pthread_key_t key;

static void *hold(void *argument) {
    pthread_mutex_lock(&held);
    step(&ready);
    await(&gate, 1);
    pthread_mutex_unlock(&held);
    return NULL;
}

static void *spin(void *argument) {
    step(&ready);
    while (!gate)
        spins++;
    return NULL;
}

static int count_tasks(void) {
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void *twice(void *argument) {
    local++;
    return (void *)((long)argument * 2);
}

static int live_alone(pthread_t self) {
    TRUE(gettid() == getpid());
    TRUE(pthread_equal(self, pthread_self()));
    SHOW(count_tasks());
    SHOW(local);
    puts(pthread_getspecific(key));
    int before = spins;
    pause_for(1);
    TRUE(spins == before); /* nobody counts here */
    GIVES(pthread_mutex_trylock(&free_one));
    GIVES(pthread_mutex_trylock(&held)); /* whose owner is not here */
    pthread_t threads[3];
    long sum = 0;
    for (long i = 0; i < 3; i++)
        threads[i] = begin(twice, (void *)i);
    for (int i = 0; i < 3; i++)
        sum += join(threads[i]);
    SHOW(sum);
    SHOW(local);
    local = 77;
    return 8;
}

static void *fork_in_thread(void *argument) {
    local = 6;
    pthread_setspecific(key, "of the thread");
    pthread_t self = pthread_self();
    pid_t child = fork();
    if (child == 0)
        _exit(live_alone(self));
    show_end("child", child);
    SHOW(local);
    return NULL;
}

static void *leave_child(void *argument) {
    pid_t child = fork();
    if (child == 0)
        pthread_exit((void *)9); /* of the last thread: exit(0) */
    show_end("last thread", child);
    child = fork();
    if (child == 0)
        return (void *)9;
    show_end("return from the thread", child);
    child = fork();
    if (child == 0) {
        child = fork(); /* and once more */
        if (child == 0)
            _exit(count_tasks());
        show_end("grandchild", child);
        _exit(count_tasks() + 10);
    }
    show_end("child", child);
    return NULL;
}

static void *fork_many(void *argument) {
    long sum = 0;
    for (int i = 0; i < 3; i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            _exit((int)(long)argument + i);
        while (waitpid(child, &status, 0) != child)
            ;
        sum += WEXITSTATUS(status);
    }
    return (void *)sum;
}

int main(void) {
    pthread_key_create(&key, NULL);
    pthread_setspecific(key, "of the first");
    pthread_t holder = begin(hold, NULL), spinner = begin(spin, NULL);
    await(&ready, 2);
    puts("the first forks");
    pid_t child = fork();
    if (child == 0)
        _exit(live_alone(pthread_self()));
    show_end("child", child);
    puts("a thread forks");
    join(begin(fork_in_thread, NULL));
    join(begin(leave_child, NULL));
    puts("several fork at once");
    pthread_t threads[3];
    long sum = 0;
    for (long i = 0; i < 3; i++)
        threads[i] = begin(fork_many, (void *)(i * 10));
    for (int i = 0; i < 3; i++)
        sum += join(threads[i]);
    SHOW(sum);
    step(&gate);
    join(holder);
    join(spinner);
    GIVES(pthread_mutex_trylock(&held));
    return 0;
}
