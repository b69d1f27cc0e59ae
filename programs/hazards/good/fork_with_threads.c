/* A thread holds a lock while another forks; the child takes nothing and executes another program. A second child is
 * forked while nobody holds the lock, which it may take.
 *
 * Verdict: clean
 *
 * Output:
 *   executed
 *   taken
 *
 * Exit status: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
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
    write(ready[1], "", 1);
    read(done[0], &byte, 1);
    return unused;
}

int main(int count, char **arguments)
{
    pthread_t auditor;
    char byte;
    if (count > 1) {
        write(1, "executed\n", 9);
        return 0;
    }
    pipe(ready);
    pipe(done);
    pthread_create(&auditor, NULL, audit, NULL);
    read(ready[0], &byte, 1);
    if (fork() == 0) {
        execl("/proc/self/exe", arguments[0], "again", (char *)NULL);
        _exit(127);
    }
    wait(NULL);
    write(done[1], "", 1);
    read(ready[0], &byte, 1);
    if (fork() == 0) {
        if (pthread_mutex_trylock(&account) == 0)
            write(1, "taken\n", 6);
        _exit(0);
    }
    wait(NULL);
    write(done[1], "", 1);
    pthread_join(auditor, NULL);
    return 0;
}
