/* What a student hands in: it does what its first argument says. A macro makes it one of the wrong ones. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int say_hello(void)
{
#ifdef WRONG_WORDS
    puts("Hello!");
#else
    puts("hello");
#endif
    return 0;
}

static int fork_once(void)
{
    pid_t child = fork();
    if (child == 0) {
        write(1, "child\n", 6);
        _exit(0);
    }
#ifndef NO_WAIT
    waitpid(child, NULL, 0);
#endif
    write(1, "parent\n", 7);
    return 0;
}

static int through_a_pipe(void)
{
    int ends[2];
    char buffer[64];
    ssize_t got;
    pipe(ends);
    if (fork() == 0) {
#ifndef FORGETS_CLOSE
        close(ends[1]);
#endif
        while ((got = read(ends[0], buffer, sizeof buffer)) > 0) {
            for (ssize_t index = 0; index < got; index++)
                if (buffer[index] >= 'a' && buffer[index] <= 'z')
                    buffer[index] -= 'a' - 'A';
            write(1, buffer, got);
        }
        _exit(0);
    }
    while ((got = read(0, buffer, sizeof buffer)) > 0)
        write(ends[1], buffer, got);
    close(ends[1]);
    wait(NULL);
    return 0;
}

static int read_file(const char *path)
{
    char buffer[128];
    int file = open(path, O_RDONLY);
    ssize_t got = read(file, buffer, sizeof buffer);
    write(1, buffer, got > 0 ? got : 0);
    close(file);
    return 0;
}

static int status_of_child(void)
{
    int status;
    if (fork() == 0)
        _exit(7);
    wait(&status);
#ifdef WRONG_STATUS
    return status;
#else
    return WEXITSTATUS(status);
#endif
}

static int some_children(int count)
{
    for (int number = 0; number < count; number++)
        if (fork() == 0)
            _exit(0);
#ifndef NO_WAIT
#ifdef RIGHT_TOO
    while (wait(NULL) > 0)
        ;
#else
    for (int number = 0; number < count; number++)
        wait(NULL);
#endif
#endif
    return 0;
}

static int use_pointer(void)
{
#ifdef CRASHES
    *(volatile int *)4 = 1;
#endif
    puts("no pointer");
    return 0;
}

static int write_file(void)
{
    int file = open("/out", O_WRONLY | O_CREAT, 0644);
    write(file, "written\n", 8);
    close(file);
    return 0;
}

static void be_hostile(void)
{
#ifdef BOMB
    for (;;)
        fork();
#elif defined ENDLESS_OUTPUT
    for (;;)
        puts("more and more and more");
#elif defined ENDLESS_LOOP
    for (;;)
        ;
#elif defined EATS_MEMORY
    for (;;) {
        char *taken = malloc(1 << 16);
        if (taken)
            memset(taken, 1, 1 << 16);
    }
#elif defined SLEEPS
    for (;;)
        sleep(1000);
#endif
}

int main(int count, char **words)
{
    const char *what = count > 1 ? words[1] : "";
    be_hostile();
    if (!strcmp(what, "hello"))
        return say_hello();
    if (!strcmp(what, "add"))
        return printf("%d\n", atoi(words[2]) + atoi(words[3])) < 0;
    if (!strcmp(what, "fork"))
        return fork_once();
    if (!strcmp(what, "pipe"))
        return through_a_pipe();
    if (!strcmp(what, "read"))
        return read_file(words[2]);
    if (!strcmp(what, "status"))
        return status_of_child();
    if (!strcmp(what, "children"))
        return some_children(2);
    if (!strcmp(what, "pointer"))
        return use_pointer();
    if (!strcmp(what, "write"))
        return write_file();
    if (!strcmp(what, "three"))
#ifdef TOO_MANY_FORKS
        return some_children(4);
#else
        return some_children(3);
#endif
    return 1;
}
