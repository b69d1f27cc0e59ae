/* posix_spawn in threads, while others run on. */
#include "threads.h"

static steps gate, ready;

static void *spin(void *argument) {
    step(&ready);
    for (volatile unsigned i = 0; !gate; i++)
        ;
    return NULL;
}

static void *spawn(void *argument) {
    char text[20];
    char *arguments[] = {"prog", text, NULL};
    pid_t child = -1;
    int status = -1;
    snprintf(text, sizeof text, "%ld", (long)argument);
    int error = posix_spawn(&child, "./prog", NULL, NULL, arguments, environ);
    if (error)
        return (void *)(long)-error;
    waitpid(child, &status, 0);
    return (void *)(long)WEXITSTATUS(status);
}

static void *spawn_nothing(void *argument) {
    char *arguments[] = {"nothing", NULL};
    pid_t child = -1;
    return (void *)(long)posix_spawn(&child, "./nothing", NULL, NULL, arguments, environ);
}

static void *spawn_with_pipe(void *argument) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *arguments[] = {"prog", "say", NULL};
    char buffer[100] = "";
    pid_t child;
    int ends[2];
    sigset_t none;
    pipe2(ends, O_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    GIVES(posix_spawn(&child, "./prog", &actions, &attributes, arguments, environ));
    close(ends[1]);
    read(ends[0], buffer, sizeof buffer - 1);
    close(ends[0]);
    printf("said: %s", buffer);
    show_end("child", child);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        if (strcmp(argv[1], "say") == 0)
            puts("spoken");
        return atoi(argv[1]) + 1;
    }
    pthread_t spinner = begin(spin, NULL), threads[4];
    await(&ready, 1);
    for (long i = 0; i < 4; i++)
        threads[i] = begin(spawn, (void *)(i * 10));
    for (int i = 0; i < 4; i++)
        SHOW(join(threads[i]));
    TRUE(join(begin(spawn_nothing, NULL)) == ENOENT);
    join(begin(spawn_with_pipe, NULL));
    step(&gate);
    join(spinner);
    return 0;
}
