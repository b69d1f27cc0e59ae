/* Streams that threads share: each call is whole, and flockfile holds a stream over several. */
#include "threads.h"

enum { THREADS = 4, LINES = 15 };

static FILE *file;
static _Atomic int sleeper;

static void *print(void *argument) {
    for (int i = 0; i < LINES; i++)
        fprintf(file, "%c%c%c%c\n", 'a' + (int)(long)argument, 'a' + (int)(long)argument, 'a' + (int)(long)argument,
                'a' + (int)(long)argument);
    return NULL;
}

static void *print_in_parts(void *argument) {
    for (int i = 0; i < LINES; i++) {
        flockfile(file);
        for (int k = 0; k < 4; k++) {
            putc_unlocked('k' + (int)(long)argument, file);
            sched_yield();
        }
        flockfile(file); /* once more is right */
        putc('\n', file);
        funlockfile(file);
        funlockfile(file);
    }
    return NULL;
}

static void *try_it(void *argument) {
    int result = ftrylockfile(file);
    if (!result)
        funlockfile(file);
    return (void *)(long)(result != 0);
}

static void *put(void *argument) {
    sleeper = gettid();
    putc('!', file);
    return NULL;
}

static void *read_lines(void *argument) {
    char line[20];
    long whole = 0;
    while (fgets(line, sizeof line, file))
        whole += strlen(line) == 5 && line[0] == line[1] && line[1] == line[2] && line[2] == line[3];
    return (void *)whole;
}

int main(void) {
    pthread_t threads[2 * THREADS];
    file = fopen("file", "w+");
    for (long i = 0; i < 2 * THREADS; i++)
        threads[i] = begin(i % 2 ? print : print_in_parts, (void *)(i / 2));
    for (int i = 0; i < 2 * THREADS; i++)
        join(threads[i]);
    rewind(file);
    for (int i = 0; i < THREADS; i++)
        threads[i] = begin(read_lines, NULL);
    long whole = 0;
    for (int i = 0; i < THREADS; i++)
        whole += join(threads[i]);
    SHOW(whole); /* each line once */

    rewind(file);
    flockfile(file);
    SHOW(join(begin(try_it, NULL)));
    pthread_t thread = begin(put, NULL);
    while (!sleeper)
        sched_yield();
    await_asleep(sleeper);
    SHOW(ftell(file));
    funlockfile(file);
    join(thread);
    SHOW(ftell(file));
    SHOW(join(begin(try_it, NULL)));
    fclose(file);
    unlink("file");
    return 0;
}
