/* A vfork child changes what its parent reads; later the program makes a thread, and a fork child waits for the lock
 * that the thread held. One mistake does not hide the other.
 *
 * Verdict:
 *   error damage 36 used 40
 *   error fork-lock 45
 *
 * Exit status: 124
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t account = PTHREAD_MUTEX_INITIALIZER;
static int ready[2], done[2];
static volatile int balance, kept;

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
    pid_t child = vfork();
    if (child == 0) {
        balance = 1;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    kept = balance;
    pthread_create(&auditor, NULL, audit, NULL);
    read(ready[0], &byte, 1);
    child = fork();
    if (child == 0) {
        pthread_mutex_lock(&account);
        _exit(0);
    }
    write(done[1], "", 1);
    pthread_join(auditor, NULL);
    waitpid(child, NULL, 0);
    return 0;
}
