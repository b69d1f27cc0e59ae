/* A thread holds a lock while another forks. The child has a copy of the lock, locked, and nobody who could give it
 * back: it waits for ever. Before that it prints, which is not async-signal-safe either.
 *
 * Verdict:
 *   warning fork-unsafe-call 38
 *   error fork-lock 39
 *
 * Exit status: 124
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t account = PTHREAD_MUTEX_INITIALIZER;
static int ready[2], done[2];

static void *audit(void *unused)
{
    char byte;
    pthread_mutex_lock(&account);
    write(ready[1], "", 1);
    read(done[0], &byte, 1);
    pthread_mutex_unlock(&account);
    return unused;
}

int main(void)
{
    pthread_t auditor;
    char byte;
    pipe(ready);
    pipe(done);
    pthread_create(&auditor, NULL, audit, NULL);
    read(ready[0], &byte, 1);
    pid_t child = fork();
    if (child == 0) {
        printf("the child takes the lock\n");
        pthread_mutex_lock(&account);
        pthread_mutex_unlock(&account);
        _exit(0);
    }
    write(done[1], "", 1);
    pthread_join(auditor, NULL);
    waitpid(child, NULL, 0);
    return 0;
}
