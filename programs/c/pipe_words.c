/* The classic pipe: a producer writes lines, a filter makes them upper case, the parent collects. Each process closes
 * the ends that it does not use, or nobody would ever see the end of the data.
 *
 * Expected output:
 *   FORK
 *   EXEC
 *   WAIT
 * Exit status: 0
 * Scheduling: any
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void produce(int out)
{
    const char *words[] = { "fork\n", "exec\n", "wait\n" };
    for (int i = 0; i < 3; i++)
        write(out, words[i], strlen(words[i]));
}

static void filter(int in, int out)
{
    char byte;
    while (read(in, &byte, 1) == 1) {
        byte = (char)toupper(byte);
        write(out, &byte, 1);
    }
}

int main(void)
{
    int first[2], second[2];
    char buffer[64];
    ssize_t size;
    pipe(first);
    if (fork() == 0) {
        close(first[0]);
        produce(first[1]);
        _exit(0);
    }
    close(first[1]);
    pipe(second);
    if (fork() == 0) {
        close(second[0]);
        filter(first[0], second[1]);
        _exit(0);
    }
    close(first[0]);
    close(second[1]);
    while ((size = read(second[0], buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)size, stdout);
    while (wait(NULL) > 0)
        ;
    return 0;
}
